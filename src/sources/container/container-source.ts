/** The `container` kind: a directory of a service's container, running or not, as the engine gives it. */
import { ARCHIVE_OBJECT, INDEX_OBJECT } from "../../domain/recovery-point.ts";
import type { ByteSink, CaptureRequest, CaptureSummary, Source } from "../../ports/source.ts";
import { assertNotEmptied } from "../not-emptied.ts";
import type { PackSummary } from "../pack-report.ts";
import { createSelection } from "../selection.ts";
import { captureMembers } from "./capture-members.ts";
import { findContainer, type FoundContainer, type StackContext } from "./find-container.ts";
import type { ContainerOptions } from "./options.ts";
import { contentOf, pathError, readBeginning } from "./path-error.ts";

export function createContainerSource(options: ContainerOptions, context: StackContext): Source {
  const { service, path } = options;
  const source = `${path} of service ${service}`;
  const asked = { service, source };
  return {
    kind: "container",
    async capture(request) {
      const found = await findContainer(asked, context, request.signal);
      const summary = await capture(options, { ...found, source, context, request });
      assertNotEmptied(summary, request.previous?.totals, { source, check: "check the service's container" });
      return summaryOf(options, found, summary);
    },
    async inspect(signal) {
      const found = await findContainer(asked, context, signal);
      const { container } = found;
      const { runtime } = context;
      try {
        await readBeginning(runtime.readPath(container.id, contentOf(path), signal));
      } catch (error) {
        throw await pathError(error, { source, path, container, runtime }, signal);
      }
      return warningsOf(options, found);
    },
  };
}

interface Capture extends FoundContainer {
  source: string;
  context: StackContext;
  request: CaptureRequest;
}

async function capture(
  { path, include, exclude }: ContainerOptions,
  { container, source, context: { runtime }, request }: Capture,
): Promise<PackSummary> {
  const { signal, onProgress } = request;
  try {
    return await captureMembers({
      ...{ source, signal, onProgress },
      chunks: runtime.readPath(container.id, contentOf(path), signal),
      selection: createSelection({ include, exclude }),
      sinks: { archive: lazily(request, ARCHIVE_OBJECT), index: lazily(request, INDEX_OBJECT) },
    });
  } catch (error) {
    throw await pathError(error, { source, path, container, runtime }, signal);
  }
}

/** Opened by its first bytes: where nothing comes of a container, no store has begun anything. */
function lazily(request: CaptureRequest, name: string): ByteSink {
  let sink: ByteSink | undefined;
  return { write: (chunk) => (sink ??= request.openObject(name)).write(chunk) };
}

function summaryOf(
  { service, path, include, exclude }: ContainerOptions,
  { container }: FoundContainer,
  { totals, warnings, warningCount, unreadable }: PackSummary,
): CaptureSummary {
  return {
    ...{ kind: "full", needs: [], totals, warnings, warningCount },
    incomplete: unreadable > 0,
    capture: { service, path, container: container.name, include, exclude },
  };
}

function warningsOf({ service, path }: ContainerOptions, { container, others }: FoundContainer): string[] {
  const mount = container.mounts.find(
    ({ destination, volume }) => volume !== undefined && `${path}/`.startsWith(`${destination}/`),
  );
  return [
    ...(mount === undefined
      ? []
      : [
          `${path} of service ${service} is in volume ${mount.volume}: as \`kind: volume\` it is captured incrementally and with all attributes.`,
        ]),
    ...(others.length === 0
      ? []
      : [`Service ${service} has ${others.length + 1} containers: only ${container.name} is captured.`]),
  ];
}
