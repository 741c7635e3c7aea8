import { describe, expect, it } from "vitest";
import { DumpSplitter } from "./split-dump.ts";

const HEADER = "/*!40103 SET TIME_ZONE='+00:00' */;\n";
const TRAILER = "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n";
const TABLE = [
  "-- Table structure for table `t`",
  "CREATE TABLE `t` (",
  "  `id` int(11)",
  ");",
  "INSERT INTO `t` VALUES",
  "(1,'DELIMITER ;;'),",
  "(2,'USE `app`;');",
].join("\n");
const TRIGGER = [
  "/*!50003 SET sql_mode = '' */ ;",
  "DELIMITER ;;",
  "/*!50003 CREATE*/ /*!50003 TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN",
  "USE `app`;",
  "-- Table structure for table `u`",
  "CREATE DATABASE `app`",
  "END */;;",
  "DELIMITER ;",
  "/*!50003 SET sql_mode = @saved_sql_mode */ ;",
].join("\n");
const EVENT = [
  "/*!50106 DROP EVENT IF EXISTS `daily` */;",
  "DELIMITER ;;",
  "/*!50106 CREATE*/ x ;;",
  "DELIMITER ;",
];
const VIEW = "/*!50001 VIEW `w` AS select 1 */;";

const ONE = [
  "-- MariaDB dump 10.19",
  `${HEADER}--`,
  TABLE,
  TRIGGER,
  "-- Dumping events for database 'app'",
  ...EVENT,
  "-- Final view structure for view `w`",
  VIEW,
  `${TRAILER}-- Dump completed on 2026-11-22  4:47:28\n`,
].join("\n");

function split(text: string, chunkBytes = 10_000) {
  const splitter = new DumpSplitter((name) => `${name} new`);
  const bytes = Buffer.from(text);
  const tables: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
    tables.push(Buffer.from(splitter.push(chunk)));
    chunk.fill(0x0a);
  }
  tables.push(splitter.finish());
  return { tables: Buffer.concat(tables).toString(), code: splitter.code };
}

describe("a dump that is parted", () => {
  it.each([1, 3, 64, 10_000])("keeps tables from code, in pieces of %i bytes", (chunkBytes) => {
    const { tables, code } = split(ONE, chunkBytes);
    expect(tables).toBe(
      `${HEADER}--\n${TABLE}\n${TRAILER}`.replace("--\n-- Table structure for table `t`\n", "--\n"),
    );
    const { body = "", events = "" } = code.get("") ?? {};
    expect(body).toBe(`${HEADER}--\n${TRIGGER}\n${VIEW}\n${TRAILER}`);
    expect(events).toBe(`${HEADER}--\n${EVENT.join("\n")}\n${TRAILER}`);
  });

  it("calls its databases otherwise, and tells whose code is whose", () => {
    const { tables, code } = split(
      [
        HEADER,
        "-- Current Database: `žluť``y`",
        "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `žluť``y` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;",
        "USE `žluť``y`;",
        TABLE,
        TRIGGER,
        "-- Current Database: `b`",
        "USE `b`;",
        "-- Final view structure for view `w`",
        `${VIEW}\n`,
      ].join("\n"),
    );
    expect(tables).toContain(
      "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `žluť``y new` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;\nUSE `žluť``y new`;\n",
    );
    expect(tables).toContain("USE `b new`;\n");
    expect(tables).toContain("(2,'USE `app`;');");
    expect([...code.keys()]).toEqual(["žluť`y", "b"]);
    expect(code.get("b")).toMatchObject({ body: expect.stringContaining(VIEW) as string, events: "" });
  });
});
