/** Name and version of this program, from package.json: they go into commit records, metrics and `--version`. */
import packageJson from "../../package.json" with { type: "json" };

export const TOOL = { name: packageJson.name, version: packageJson.version };
