/** What mariadb-dump writes, as far as it tells what it is. */

export interface SqlDumpSpec {
  tables?: readonly { name: string; rows?: readonly string[] }[];
  /** Of newer versions: a first line that keeps clients from running commands. */
  isCareful?: boolean;
  program?: "MariaDB" | "MySQL";
}

export function sqlDump({ tables = [], isCareful = true, program = "MariaDB" }: SqlDumpSpec = {}): string {
  return [
    ...(isCareful ? ["/*M!999999\\- enable the sandbox mode */ "] : []),
    `-- ${program} dump 10.19  Distrib 10.11.18-${program}, for debian-linux-gnu (x86_64)`,
    "--",
    "-- Host: localhost    Database: app",
    "-- ------------------------------------------------------",
    "-- Server version\t10.11.18-MariaDB-0+deb12u1",
    "",
    "/*!40101 SET NAMES utf8mb4 */;",
    ...tables.flatMap(({ name, rows = [] }) => [
      ...["", "--", `-- Table structure for table \`${name}\``, "--", ""],
      ...[`CREATE TABLE \`${name}\` (`, "  `id` int(11)", ") ENGINE=InnoDB;"],
      ...(rows.length === 0 ? [] : [`INSERT INTO \`${name}\` VALUES`, `${rows.join(",\n")};`]),
    ]),
    ...["DELIMITER ;;", "/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 trigger t1 before"],
    ...["/*!50106 DROP EVENT IF EXISTS `e` */;", "/*!50003 DROP FUNCTION IF EXISTS `f` */;"],
    ...["-- Final view structure for view `w`", "/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;", ""],
    "-- Dump completed on 2026-11-22  2:26:46",
    "",
  ].join("\n");
}
