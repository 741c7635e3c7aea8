import fc from "fast-check";
import { expect, it } from "vitest";
import { sqlDump } from "../../../test/fakes/sql-dump.ts";
import { SqlDumpExaminer } from "./exam-sql.ts";

function rowsIn(text: string, chunkBytes = text.length) {
  const bytes = Buffer.from(text);
  const examiner = new SqlDumpExaminer();
  for (let at = 0; at < bytes.length; at += chunkBytes) examiner.push(bytes.subarray(at, at + chunkBytes));
  examiner.finish();
  return examiner.rows;
}
const before = (more: string) => sqlDump().replace("DELIMITER ;;", () => `${more}\nDELIMITER ;;`);

it("Rows are the lines behind each INSERT of a table, in whichever pieces they come", () => {
  const text = before(
    [
      ...["INSERT INTO `orders` VALUES", "(1,'(2,x)\\n(3,y)'),", "(2,NULL);"],
      ...["INSERT INTO `orders` VALUES", "(3,'INSERT INTO `x` VALUES');"],
      ...["INSERT  IGNORE INTO `odd ``one``` (`a`, `b`) VALUES", "(1,2);"],
      ...["USE `other`;", "INSERT INTO `orders` VALUES", "(1,'a');"],
    ].join("\n"),
  );
  const rows = new Map([
    ["`orders`", 3],
    ["`odd ``one```", 1],
    ["`other`.`orders`", 1],
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), (chunkBytes) => {
      expect(rowsIn(text, chunkBytes)).toEqual(rows);
    }),
  );
});

it("What routines say counts for nothing", () => {
  const body = [
    "DELIMITER ;;",
    "BEGIN",
    "INSERT INTO `log` VALUES",
    "(1),",
    "(2);",
    "INSERT INTO `log` VALUES (1);",
    "END ;;",
  ];
  expect(rowsIn(before([...body, "DELIMITER ;"].join("\n")))).toEqual(new Map());
});

it("Of rows that are all in one line, as MySQL's tool writes them, nothing is told", () => {
  expect(rowsIn(before("INSERT INTO `orders` VALUES (1,'a'),(2,'b');"))).toBeUndefined();
  const columns = Array.from({ length: 200 }, (_, at) => `\`column ${at}\``).join(", ");
  expect(rowsIn(before(`INSERT INTO \`wide\` (${columns}) VALUES\n(1);`))).toBeUndefined();
});
