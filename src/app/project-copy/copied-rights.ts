/** What a container of a copy may do: never more than its service, and nothing that reaches the host. */
import type { ContainerRights, CopiedContainer } from "../../ports/copy-engine.ts";

/** What the engine gives by itself, and what goes no further than the container's own processes. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "IPC_LOCK", "KILL", "MKNOD"],
  ...["NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT", "SYS_NICE"],
  ...["SYS_PTRACE"],
]);
/** Each takes something away. */
const STRICTER = /^(?:no-new-privileges(?:[:=]true)?|apparmor[:=]docker-default)$/;

export function copiedRights(
  { privileged, namespaces, devices, capAdd, capDrop, securityOpt, restarts }: ContainerRights,
  say: (clause: string) => void,
): Pick<CopiedContainer, "capAdd" | "capDrop" | "securityOpt" | "restarts"> {
  if (privileged) say("is not privileged");
  if (namespaces.length > 0) say(`shares no namespace (${namespaces.join(", ")}) with anybody`);
  if (devices.length > 0) say(`does not have the devices ${devices.join(", ")}`);
  const left = capAdd.filter((name) => !HARMLESS.has(name));
  if (left.length > 0) say(`does not have the capabilities ${left.join(", ")}`);
  const looser = securityOpt.filter((option) => !STRICTER.test(option));
  if (looser.length > 0) say(`runs with the usual security profile instead of ${looser.join(", ")}`);
  return {
    capAdd: capAdd.filter((name) => HARMLESS.has(name)),
    capDrop,
    securityOpt: securityOpt.filter((option) => STRICTER.test(option)),
    restarts,
  };
}
