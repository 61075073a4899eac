/** A name as it is written, and as it stands in an address. */
export interface Name {
  readonly written: string;
  readonly plain: string;
}
/** A part of the world that people of the tenant come from. */
export interface Culture {
  readonly locale: string;
  readonly timezones: readonly string[];
  /** How often, compared with the others. */
  readonly weight: number;
  readonly given: readonly Name[];
  readonly family: readonly Name[];
  readonly familyFirst: boolean;
}

/** Where the people of a made-up tenant come from. Names are common ones, of nobody in particular. */
export const cultures: readonly Culture[] = [
  culture("en-US", ["America/New_York", "America/Chicago", "America/Los_Angeles"], 20, {
    given: "Emma Olivia Ava Grace Hannah Chloe Noah Liam Ethan Mason Caleb Jordan Tyler Megan",
    family: "Carter Brooks Hayes Foster Reed Bennett Morgan Price Sullivan Parker Coleman Ward",
  }),
  culture("en-GB", ["Europe/London"], 8, {
    given: "Amelia Isla Poppy Florence Harriet Oliver Harry Alfie Callum Rhys Imogen Niamh",
    family: "Hughes Clarke Walsh Doyle O'Neill Fletcher Barker Lloyd Whitaker Pritchard",
  }),
  culture("pt-PT", ["Europe/Lisbon"], 8, {
    given: "Ana Beatriz Inês Mariana Sofia João Tiago Rui Gonçalo Luís Duarte Catarina",
    family: "Silva Santos Ferreira Pereira Gonçalves Araújo Lourenço Simões Magalhães Nóbrega",
  }),
  culture("es-MX", ["America/Mexico_City", "America/Monterrey"], 8, {
    given: "Lucía Valentina Camila Ximena José Andrés Mateo Sebastián Raúl Íñigo Paola Fernanda",
    family: "García Hernández Núñez Ibáñez Ramírez Ortega Castañeda Peña Domínguez Salazar",
  }),
  culture("de-DE", ["Europe/Berlin"], 10, {
    given: "Lena Greta Johanna Jürgen Björn Lukas Felix Käthe Sören Anneliese Moritz Theresa",
    family: "Müller Schäfer Krüger Weiß Vogel Böhm Lindner Köhler Brandt Richter Zimmermann",
  }),
  culture("fr-FR", ["Europe/Paris"], 8, {
    given: "Chloé Zoé Margaux Élodie Hélène François Jérôme Gaël Théo Aurélie Maëlys Benoît",
    family: "Lefèvre Moreau Dupré Gauthier Lemaître Chevalier Besançon Rousseau Faure Noël",
  }),
  culture("pl-PL", ["Europe/Warsaw"], 6, {
    given: "Zofia Małgorzata Agnieszka Łukasz Paweł Michał Grażyna Wojciech Jagoda Stanisław",
    family: "Nowak Wójcik Kamiński Zieliński Dąbrowski Szymański Woźniak Jabłoński Król",
  }),
  culture("tr-TR", ["Europe/Istanbul"], 5, {
    given: "Elif Zeynep Ayşe Çağla Gökçe Emre Yiğit Oğuz Mehmet Şule Barış İrem",
    family: "Yılmaz Kaya Demir Şahin Çelik Öztürk Aydın Koç Güneş Doğan",
  }),
  culture("hi-IN", ["Asia/Kolkata"], 10, {
    given:
      "आरव=Aarav अनन्या=Ananya दिया=Diya ईशान=Ishan काव्या=Kavya रोहन=Rohan नेहा=Neha विक्रम=Vikram",
    family:
      "शर्मा=Sharma पटेल=Patel अय्यर=Iyer गुप्ता=Gupta जोशी=Joshi रेड्डी=Reddy कपूर=Kapoor मेहता=Mehta",
  }),
  culture("ja-JP", ["Asia/Tokyo"], 7, {
    given: "優子=Yuko 陽菜=Hina 健太=Kenta 美咲=Misaki 翔=Sho 直樹=Naoki 里奈=Rina 大輔=Daisuke",
    family:
      "佐藤=Sato 鈴木=Suzuki 高橋=Takahashi 田中=Tanaka 渡辺=Watanabe 伊藤=Ito 山本=Yamamoto 中村=Nakamura",
    familyFirst: true,
  }),
  culture("ar-EG", ["Africa/Cairo"], 5, {
    given: "ليلى=Layla مريم=Mariam يوسف=Youssef عمر=Omar نور=Nour سلمى=Salma كريم=Karim هدى=Huda",
    family: "حسن=Hassan منصور=Mansour فريد=Farid خليل=Khalil شاهين=Shahin السيد=ElSayed صالح=Saleh",
  }),
  culture("sw-KE", ["Africa/Nairobi"], 5, {
    given: "Wanjiru Achieng Nyambura Makena Kamau Otieno Kiprop Mwangi Zawadi Baraka Amani Juma",
    family: "Odhiambo Njoroge Wambui Mutua Kariuki Chebet Ochieng Kimani Nduta Barasa",
  }),
];

function culture(
  locale: string,
  timezones: readonly string[],
  weight: number,
  words: { readonly given: string; readonly family: string; readonly familyFirst?: boolean },
): Culture {
  return {
    locale,
    timezones,
    weight,
    given: words.given.split(" ").map(toName),
    family: words.family.split(" ").map(toName),
    familyFirst: words.familyFirst ?? false,
  };
}

function toName(word: string): Name {
  const [written = word, spelt] = word.split("=");
  return { written, plain: (spelt ?? plain(written)).toLowerCase() };
}

function plain(written: string): string {
  const letters: Readonly<Record<string, string>> = { ß: "ss", ł: "l", Ł: "L", ı: "i", ø: "o" };
  return written
    .replace(/[ßłŁıø]/g, (letter) => letters[letter] ?? letter)
    .normalize("NFD")
    .replace(/[^A-Za-z]/g, "");
}
