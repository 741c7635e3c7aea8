import { expect, it } from "vitest";
import { readReply } from "./redis-reply.ts";

it.each([
  ["(integer) 42\n", "42"],
  ["(integer) 3\n(0.62s)\n", "3"],
  ['"(0.62s)"\n', "(0.62s)"],
  ["(double) 1.5\n", "1.5"],
  ["(nil)\n", ""],
  ["OK\n", "OK"],
  ['"plain"\n', "plain"],
  ['""\n', ""],
  ['"\\xc5\\xbelu\\xc5\\xa5 \\"quoted\\" \\\\ a\\nb\\tc"\n', 'žluť "quoted" \\ a\nb\tc'],
  ['1) "a"\n2) "b"\n', '1) "a"\n2) "b"'],
  ['"(error) ERR not one"\n', "(error) ERR not one"],
])("The value in what redis-cli says: %j", (said, value) => {
  expect(readReply(said)).toEqual({ value });
});

it("A refusal is no value", () => {
  expect(readReply("(error) ERR unknown command 'GTE'\n\n")).toEqual({
    refused: "ERR unknown command 'GTE'",
  });
});
