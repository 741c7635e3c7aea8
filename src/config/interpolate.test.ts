import { describe, expect, it } from "vitest";
import { configFiles } from "../../test/fakes/config-files.ts";
import { interpolate } from "./interpolate.ts";

const FILES = configFiles({
  "/run/secrets/token": "from-file\n",
  "/run/secrets/windows": "a\r\n",
  "/run/secrets/two": "a\n\n",
});

const valueOf = async (text: unknown, env = {}) => (await interpolate(text, env, FILES)).value;
const findingsOf = async (text: unknown, env = {}) => (await interpolate(text, env, FILES)).findings;

describe("variables in a config", () => {
  it.each([
    ["${A}", { A: "1" }, "1"],
    ["x-${A}-${B}", { A: "1", B: "2" }, "x-1-2"],
    ["${A}", { A: "" }, ""],
    ["${A:-default}", {}, "default"],
    ["${A:-default}", { A: "" }, "default"],
    ["${A:-default}", { A: "set" }, "set"],
    ["${A:-}", {}, ""],
    ["${A:-http://x:1/y?z=a b}", {}, "http://x:1/y?z=a b"],
    ["$${A}", { A: "1" }, "${A}"],
    ["$A $ $$ {A}", { A: "1" }, "$A $ $$ {A}"],
    ["${A}", { A: "${B}", B: "2" }, "${B}"],
    ["${A}", { A_FILE: "/run/secrets/token" }, "from-file"],
    ["${A}", { A_FILE: "/run/secrets/windows" }, "a"],
    ["${A}", { A_FILE: "/run/secrets/two" }, "a\n"],
  ])("%s with %j becomes %j", async (text, env, expected) => {
    expect(await valueOf(text, env)).toBe(expected);
  });

  it("are replaced at any depth, in values and not in keys", async () => {
    const value = { "${A}": [{ b: "${A}" }, 1, true, null] };
    expect(await valueOf(value, { A: "x" })).toEqual({ "${A}": [{ b: "x" }, 1, true, null] });
  });

  it.each([
    ["${A}", {}, "expected the variable A or A_FILE to be set, got neither; or write ${A:-default}"],
    ["${A}", { A: "1", A_FILE: "/run/secrets/token" }, "expected either A or A_FILE to be set, got both"],
    ["${A}", { A_FILE: "/gone" }, "expected A_FILE to name a readable file, got /gone: it does not exist"],
    ["${A-b}", {}, "expected ${VAR} or ${VAR:-default}, got another text after ${; write $${ for a plain ${"],
    ["${A", {}, "expected ${VAR} or ${VAR:-default}, got another text after ${; write $${ for a plain ${"],
    ["${}", {}, "expected ${VAR} or ${VAR:-default}, got another text after ${; write $${ for a plain ${"],
  ])("%s with %j is a mistake at its path", async (text, env, message) => {
    expect(await findingsOf({ list: ["x", text] }, env)).toEqual([{ path: ["list", 1], message }]);
  });

  it("report each of several that are not set", async () => {
    expect(await findingsOf({ a: "${A}${B}", c: "${C}" })).toHaveLength(3);
  });

  it("tell what came from files, because it is secret", async () => {
    const { fromFiles } = await interpolate("${A}", { A_FILE: "/run/secrets/token" }, FILES);
    expect(fromFiles).toEqual(["from-file"]);
  });
});
