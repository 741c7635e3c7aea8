// The import table of the design: which folder of src may import which. One row a folder.

const MAY_IMPORT = {
  domain: [],
  ports: ["domain"],
  archive: ["domain", "ports"],
  capture: ["domain", "ports"],
  app: ["domain", "ports", "archive"],
  dump: ["domain", "ports", "archive"],
  sources: ["domain", "ports", "archive", "capture", "dump", "remote"],
  remote: ["domain", "ports"],
  stores: ["domain", "ports", "remote"],
  snapshots: ["domain", "ports", "remote"],
  notifiers: ["domain", "ports"],
  docker: ["domain", "ports"],
  host: ["domain", "ports"],
  encryption: ["domain", "ports"],
  hooks: ["domain", "ports"],
  observability: ["domain", "ports"],
  state: ["domain", "ports"],
};

// What the metrics and the web folder show: types only, whatever else stands beside them.
const STATUS_TYPES = "src/app/read-status\\.ts$";

// The code of the child process that opens captured databases; it is started by the path of its first file.
const DUCKDB_CHILD =
  "^src/capture/duckdb/(check/(check-child\\.js|(serve-check|open-and-scan|open-capture|scan-table|look-up-indexes)\\.ts)|query/.*\\.(js|ts)|export/(export-child\\.js|serve-export\\.ts))$";

const TESTS = "\\.test\\.ts$";

const folderRules = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `${folder}-imports-only-${allowed.join("-") || "itself"}`,
  comment: "The import table of the design.",
  severity: "error",
  from: { path: `^src/${folder}/`, pathNot: TESTS },
  to: {
    path: "^src/",
    pathNot: [
      `^src/(${[folder, ...allowed].join("|")})/`,
      ...(folder === "observability" ? [`^${STATUS_TYPES}`] : []),
    ],
  },
}));

const ADAPTERS = "(sources|stores|snapshots|notifiers)";

export default {
  forbidden: [
    ...folderRules,
    {
      name: "domain-is-pure",
      comment: "No I/O, no clock, no npm: the domain is functions of its arguments.",
      severity: "error",
      from: { path: "^src/domain/", pathNot: TESTS },
      to: { pathNot: "^src/domain/" },
    },
    {
      name: "adapters-do-not-know-one-another",
      comment:
        "A new kind of store is one folder; it may use its decorator siblings' folder root, never another kind.",
      severity: "error",
      from: { path: `^src/${ADAPTERS}/([^/]+)/`, pathNot: TESTS },
      to: { path: "^src/$1/[^/]+/", pathNot: "^src/$1/$2/" },
    },
    {
      name: "config-knows-options-only",
      comment: "Of the adapters, the schema knows each kind's options.ts and nothing else.",
      severity: "error",
      from: { path: "^src/config/", pathNot: TESTS },
      to: { path: "^src/", pathNot: `^src/(config|domain)/|^src/${ADAPTERS}/[^/]+/options\\.ts$` },
    },
    {
      name: "options-are-zod-only",
      comment:
        "A kind's options.ts is read by the config loader: it must not pull an adapter in. What kinds have in common is in a file of that name beside them, or in remote.",
      severity: "error",
      from: { path: `^src/(${ADAPTERS}/([^/]+/options|[^/]+-options)|remote/[^/]+-options)\\.ts$` },
      to: { pathNot: `^src/domain/|node_modules/zod/|^src/(${ADAPTERS}|remote)/[^/]+-options\\.ts$` },
    },
    {
      name: "web-shows-what-app-reads",
      comment: "The web folder renders; it takes types from app and reaches nothing else.",
      severity: "error",
      from: { path: "^src/web/", pathNot: TESTS },
      to: { path: "^src/", pathNot: `^src/(web|domain|ports)/|^${STATUS_TYPES}` },
    },
    {
      name: "status-is-only-a-type-to-them",
      comment: "Whoever shows a status is given one; reading it is wired in the daemon.",
      severity: "error",
      from: { path: "^src/(web|observability)/", pathNot: TESTS },
      to: { path: STATUS_TYPES, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "only-compose-wires",
      comment: "Adapters are chosen in daemon/compose*.ts and nowhere else.",
      severity: "error",
      from: {
        path: "^src/(daemon|cli)/|^src/main\\.ts$",
        pathNot: `^src/daemon/compose[^/]*\\.ts$|${TESTS}`,
      },
      to: {
        path: "^src/(sources|stores|snapshots|remote|notifiers|docker|host|encryption|hooks|state)/",
        pathNot: "/options\\.ts$",
      },
    },
    {
      name: "cli-is-an-edge",
      comment: "Nothing but main.ts starts the command line.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(cli/|main\\.ts$)" },
      to: { path: "^src/cli/" },
    },
    {
      name: "duckdb-only-in-the-child",
      comment:
        "DuckDB takes 37 MB and may crash: it is loaded by the process that a check, a query or an export starts, and by nothing that reaches it.",
      severity: "error",
      from: { path: "^src/", pathNot: `${DUCKDB_CHILD}|${TESTS}` },
      to: { path: `node_modules/@duckdb/|${DUCKDB_CHILD}` },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-dev-dependencies-in-src",
      severity: "error",
      from: { path: "^src/", pathNot: TESTS },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "type-only"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
