import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseArguments } from "../../src/cli/arguments.ts";
import { type Command, UsageError } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";
import { main } from "../../src/cli/main.ts";
import { fakeIo } from "./fake-io.ts";

async function run(line: string): Promise<{ code: number; out: string; err: string }> {
  const io = fakeIo();
  const code = await main(
    line.split(" ").filter((word) => word !== ""),
    io,
  );
  return { code, out: io.stdout(), err: io.stderr() };
}

describe("the help", () => {
  const own = commands.filter((command) => command.passesAll !== true);
  for (const command of own) {
    it(`of \`${command.name}\` says what it does, names each option, and has an example that fits`, async () => {
      const { code, out, err } = await run(`${command.name} --help`);
      assert.equal(code, 0);
      assert.equal(err, "");
      assert.ok(out.replace(/\s+/g, " ").includes(command.about));
      for (const option of Object.keys(command.options))
        assert.ok(out.includes(`--${option}`), option);
      assert.match(out, new RegExp(`npx carillon ${command.name}`));
      for (const example of command.examples) {
        const words = example.match(/"[^"]*"|\S+/g) ?? [];
        const rest = words
          .slice(1 + command.name.split(" ").length)
          .map((word) => word.replaceAll('"', ""));
        assert.notEqual(parseArguments(command, rest), "help", example);
      }
    });
  }

  it("of everything lists every command and says where a service is looked for", async () => {
    for (const line of ["--help", "-h", "help"]) {
      const { code, out } = await run(line);
      assert.equal(code, 0, line);
      for (const command of commands) assert.ok(out.includes(command.name), command.name);
      assert.match(out, /CARILLON_URL/);
    }
  });

  it("of a group lists its commands", async () => {
    const { code, out } = await run("campaign --help");
    assert.equal(code, 0);
    assert.match(out, /campaign create/);
    assert.doesNotMatch(out, /people show/);
    const bare = await run("campaign");
    assert.equal(bare.code, 2);
    assert.match(bare.err, /campaign create/);
  });

  it("is also reached by `help COMMAND`", async () => {
    assert.equal(
      (await run("help campaign create")).out,
      (await run("campaign create --help")).out,
    );
  });

  it("is shown, with exit code 2, when there is no command", async () => {
    const { code, err } = await run("");
    assert.equal(code, 2);
    assert.match(err, /Usage: carillon COMMAND/);
  });
});

describe("a wrong command line", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["capaign create", /There is no command `capaign create`\. Did you mean `campaign create`\?/],
    ["campaign crate", /Did you mean `campaign create`\?/],
    ["peple", /Did you mean `people`\?/],
    ["xyzzy", /See `carillon --help`/],
    ["--jsno", /There is no command/],
    ["send --tu ana@contoso.example", /no option --tu\. Did you mean --to\?/],
    ["send --to", /--to needs a value: --to WHO/],
    ["send --to --wait", /--wait looks like an option/],
    ["send --to= --text hi", /--to needs a value/],
    ["send --wait=yes --to a@b.c", /--wait is a switch/],
    ["send --text one --text two --to a@b.c", /--text is given 2 times/],
    ["send --text hi", /Nobody to send to/],
    ["send --to ana@contoso.example", /Nothing to send/],
    ["send --to everyone --text hi", /to everyone.* is a campaign: `carillon campaign create/],
    ["send --to a@b.c --text hi --markdown hi", /--text and --markdown, not both/],
    ["send --to a@b.c --summary hi", /belong to a message/],
    ["send --to a@b.c --card no-such.json", /no-such\.json cannot be read: there is no such file/],
    ["send --to a@b.c --text hi --priority loud", /--priority is "loud": it must be urgent or/],
    ["send --to a@b.c --text hi --send-at tomorrow", /--send-at is "tomorrow": write an instant/],
    ["send --to usr:ana --text hi", /no kind of target "usr"\. Did you mean user\?/],
    ["campaign create --text hi --to everyone", /no name/],
    ["campaign create --name x --to everyone", /no message/],
    ["campaign create --name x --text hi", /no audience/],
    ["campaign create --name x --text hi --to everyone --follow", /give --start/],
    ["campaign create --name x --text hi --to everyone --rate 0", /--rate is "0"/],
    ["campaign start", /needs ID/],
    ["campaign start one two", /does not know what to do with "two"/],
    ["people --limit 1001", /--limit is "1001": it must be a whole number from 1 to 1000/],
    ["campaign export x --format xml", /--format is "xml"/],
    ["demo --people many", /--people is "many"/],
    ["serve --log-level loud", /--log-level is "loud"/],
    ["serve --client-secret x", /no option --client-secret/],
  ];
  for (const [line, words] of cases) {
    it(`\`${line}\` ends with 2 and says what to write`, async () => {
      const { code, out, err } = await run(line);
      assert.equal(code, 2, err);
      assert.match(err, words);
      assert.equal(out, "");
    });
  }

  it("is told as JSON with --json", async () => {
    const { code, out } = await run("people --limit 0 --json");
    assert.equal(code, 2);
    assert.deepEqual(Object.keys(JSON.parse(out)), ["code", "detail"]);
  });
});

describe("arguments", () => {
  const command: Command = {
    name: "x",
    about: "",
    options: {
      to: { about: "", value: "WHO", many: true },
      card: { about: "", value: "FILE" },
      wait: { about: "" },
    },
    arguments: [{ name: "ID", about: "", required: false }],
    examples: [],
    run: async () => 0,
  };
  it("are taken in any order, with values behind a space or a =", () => {
    const given = parseArguments(command, ["--to", "a", "7", "--wait", "--to=-b", "--card", "-"]);
    assert.ok(given !== "help");
    assert.deepEqual(given.list("to"), ["a", "-b"]);
    assert.equal(given.argument("ID"), "7");
    assert.equal(given.text("card"), "-");
    assert.equal(given.has("wait"), true);
  });
  it("that start with a dash come behind --", () => {
    const given = parseArguments(command, ["--", "-7"]);
    assert.equal(given === "help" ? null : given.argument("ID"), "-7");
  });
  it("do not take names that every object has for options", () => {
    for (const name of ["constructor", "toString", "__proto__"])
      assert.throws(() => parseArguments(command, [`--${name}`]), UsageError);
  });
});
