import { expect, it } from "vitest";
import { missingAccounts } from "./missing-accounts.ts";

const DUMP = [
  "/*!40101 SET NAMES utf8mb4 */;",
  "CREATE USER IF NOT EXISTS `root`@`localhost` IDENTIFIED BY PASSWORD '*D8';",
  "CREATE USER IF NOT EXISTS `joe's ``x`@`10.%` IDENTIFIED BY PASSWORD '*95';",
  "SELECT COALESCE(CURRENT_ROLE(),'NONE') into @current_role;",
  "CREATE ROLE IF NOT EXISTS mariadb_dump_import_role;",
  "GRANT mariadb_dump_import_role TO CURRENT_USER();",
  "CREATE ROLE IF NOT EXISTS `reader`;",
  "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` IDENTIFIED BY PASSWORD '*D8' WITH GRANT OPTION;",
  "GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION;",
  "GRANT USAGE ON *.* TO `joe's ``x`@`10.%` IDENTIFIED BY PASSWORD '*95';",
  "GRANT `reader` TO `joe's ``x`@`10.%`;",
  "GRANT SELECT ON `app`.* TO `reader`;",
  "/*M!100005 SET DEFAULT ROLE `reader` FOR `joe's ``x`@`10.%` */;",
  "/*M!100005 SET DEFAULT ROLE NONE FOR 'root'@'localhost' */;",
  "-- Dump completed",
].join("\n");

it("makes the accounts and roles that are not there, and touches no other", () => {
  expect(missingAccounts(DUMP, new Set(["root@localhost"]))).toEqual([
    "CREATE USER IF NOT EXISTS `joe's ``x`@`10.%` IDENTIFIED BY PASSWORD '*95';",
    "CREATE ROLE IF NOT EXISTS `reader`;",
    "GRANT USAGE ON *.* TO `joe's ``x`@`10.%` IDENTIFIED BY PASSWORD '*95';",
    "GRANT `reader` TO `joe's ``x`@`10.%`;",
    "GRANT SELECT ON `app`.* TO `reader`;",
    "/*M!100005 SET DEFAULT ROLE `reader` FOR `joe's ``x`@`10.%` */;",
  ]);
  expect(missingAccounts(DUMP, new Set(["root@localhost", "joe's `x@10.%", "reader@"]))).toEqual([]);
});
