import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { NewCampaign } from "@carillon/client";

/** The campaign that the demo sends, and the file that it is from (null: the one that is built in). */
export interface DemoCampaign {
  readonly campaign: NewCampaign;
  readonly file: string | null;
}

/** The example of the checkout; where there is none, as in an installed package, a small one that is built in. */
export function demoCampaign(): DemoCampaign {
  // The same place from src/cli/demo and from dist/cli/demo.
  const root = fileURLToPath(new URL("../../../../../", import.meta.url));
  const file = path.join(root, "examples/quarterly-update.json");
  if (!existsSync(file)) return { campaign: builtIn, file: null };
  // The file is ours, and a test sends it; the service checks it once more.
  const campaign = JSON.parse(readFileSync(file, "utf8")) as NewCampaign;
  return { campaign, file: "examples/quarterly-update.json" };
}

const builtIn: NewCampaign = {
  name: "Quarterly update",
  topic: "company-news",
  audience: { include: [{ everyone: true }] },
  message: {
    summary: "${person.givenName|Hello}, our third quarter in three numbers",
    card: {
      type: "AdaptiveCard",
      version: "1.5",
      body: [
        {
          type: "TextBlock",
          size: "Large",
          weight: "Bolder",
          wrap: true,
          text: "Our third quarter, ${person.givenName|colleague}",
        },
        {
          type: "FactSet",
          facts: [
            { title: "Revenue", value: "+14 %" },
            { title: "On-time deliveries", value: "96 %" },
            { title: "New colleagues", value: "38" },
          ],
        },
      ],
      actions: [
        {
          type: "Action.OpenUrl",
          title: "Read more",
          url: "https://intranet.contoso.example/quarterly-update",
        },
      ],
    },
  },
};
