/** From the raw values of a config file to checked ones: everything that is wrong is found before anything is said. */
import { ConfigError, pathText, type ConfigPath, type ConfigProblem } from "./config-error.ts";
import { isDiscovery, sourceDirectories, vanished, withDiscoveredJobs } from "./discover.ts";
import type { ConfigFiles } from "./files.ts";
import { drillMistakes } from "./drill-mistakes.ts";
import { interpolate, type Variables } from "./interpolate.ts";
import { withLabels, type ServiceLabel, type WithLabels } from "./labels.ts";
import { withDefaults } from "./merge.ts";
import { expectedGot, findingsOf, type Finding } from "./problems.ts";
import { danglingJobs, danglingStores, overlappingStores } from "./references.ts";
import { secretsIn, withoutSecrets, withoutSecretsInside } from "./secrets.ts";
import { ConfigFile } from "./schema.ts";
import { isMap } from "./schema-walk.ts";
import { readSecretFiles } from "./secret-files.ts";
import type { Settings } from "./settings.ts";
import { Name } from "./values.ts";
import type { YamlFile } from "./yaml-file.ts";

export interface Surroundings {
  settings: Settings;
  env: Variables;
  files: ConfigFiles;
  /** Refuse a setup without any job. */
  needsJobs: boolean;
  /** Where jobs are made of directories: names of those that there were before. */
  jobsSeen: readonly string[];
  /** Of the stack's services. */
  labels: readonly ServiceLabel[];
}

/** Throws a ConfigError with every mistake. `where` names the file in its message. */
export async function understand(yaml: YamlFile, where: string, around: Surroundings): Promise<ConfigFile> {
  if (yaml.problems.length > 0 && yaml.value === undefined) throw new ConfigError(where, yaml.problems);
  const labelled = withLabels(yaml.value ?? {}, around.labels);
  const filled = await fillIn(labelled.value, around);
  const secrets = [...filled.fromFiles, ...secretsIn(filled.value, ConfigFile)];
  const found = [
    ...labelled.findings,
    ...filled.findings,
    ...settingsFindings(filled.value, around.settings),
    ...check(filled.value, secrets),
  ];
  const problems = [
    ...yaml.problems,
    ...oneEach(found).map((finding) => problemOf(finding, { yaml, labelled, secrets })),
  ];
  if (problems.length > 0) throw new ConfigError(where, inOrderOfLines(problems));
  return ConfigFile.parse(withDefaults(filled.value as Record<string, unknown>));
}

interface Filled {
  value: unknown;
  findings: Finding[];
  fromFiles: string[];
}

/** Variables, files of secrets and discovered jobs put in. */
async function fillIn(raw: unknown, around: Surroundings): Promise<Filled> {
  const { env, files, settings, needsJobs, jobsSeen } = around;
  const given = await interpolate(raw, env, files);
  const complete = await readSecretFiles(given.value, ConfigFile, files);
  const findings = [...given.findings, ...complete.findings];
  const fromFiles = [...given.fromFiles, ...complete.fromFiles];
  const { value } = complete;
  if (!isDiscovery(value)) return { value, findings, fromFiles };
  const directories = await sourceDirectories(files, settings.sourceRoot);
  const sources = [...directories, ...vanished(jobsSeen, directories)];
  const discovered = withDiscoveredJobs(value, settings.sourceRoot, sources);
  if (directories.length === 0 && needsJobs) findings.push(nothingToDo(settings.sourceRoot));
  return { value: discovered.value, findings: [...findings, ...discovered.findings], fromFiles };
}

function nothingToDo(sourceRoot: string): Finding {
  const message = `expected a map of one or more jobs, or directories in ${sourceRoot} to make jobs of, got neither`;
  return { path: ["jobs"], message };
}

/** Without its defaults merged in, so that a mistake in them is reported once and where it stands. */
function check(value: unknown, secrets: readonly string[]): Finding[] {
  const issues = ConfigFile.safeParse(value).error?.issues ?? [];
  const tellable = withoutSecretsInside(value, secrets);
  return [
    ...findingsOf(issues, ConfigFile, tellable),
    ...danglingStores(tellable),
    ...danglingJobs(tellable),
    ...overlappingStores(tellable),
    ...drillMistakes(tellable),
  ];
}

/** The name of the Compose project is the stack's when the file names none: it must be one that can be. */
function settingsFindings(value: unknown, { stack }: Settings): Finding[] {
  if (stack === undefined || !isMap(value) || Object.hasOwn(value, "stack")) return [];
  if (Name.safeParse(stack).success) return [];
  return [
    { path: ["COMPOSE_PROJECT_NAME"], message: expectedGot("the name of a Compose project", stack, Name) },
  ];
}

/** One finding a place, the first: what comes later is usually a consequence. */
function oneEach(findings: readonly Finding[]): Finding[] {
  const covered = new Set(findings.flatMap(({ covers }) => (covers === undefined ? [] : [pathText(covers)])));
  return findings.filter(({ path, place }) => {
    const text = place ?? pathText(path);
    if (covered.has(text)) return false;
    covered.add(text);
    return true;
  });
}

interface Told {
  yaml: YamlFile;
  labelled: WithLabels;
  secrets: readonly string[];
}

function problemOf(finding: Finding, { yaml, labelled, secrets }: Told): ConfigProblem {
  const place = finding.place ?? labelled.placeOf(finding.path);
  const line = place === undefined ? yaml.lineOf(finding.path satisfies ConfigPath) : undefined;
  const path = withoutSecrets(pathText(finding.path), secrets);
  const message = withoutSecrets(finding.message, secrets);
  return {
    ...{ path, message },
    ...(line === undefined ? {} : { line }),
    ...(place === undefined ? {} : { place }),
  };
}

/** As a reader of the file meets them; those without a line come last. */
function inOrderOfLines(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || 0);
}
