/** In which order services are held: who needs another one goes before it, so that it never misses it. */

export interface OrderedContainer {
  id: string;
  /** Id of the container whose network it lives in. */
  networkOf: string | undefined;
  compose: { service: string; dependsOn: readonly string[] } | undefined;
}

/**
 * Dependents before what they depend on, by `depends_on` and by shared networks; otherwise as given. To be released in the
 * opposite order. A circle, which Compose refuses, is cut anywhere.
 */
export function holdOrder<C extends OrderedContainer>(containers: readonly C[]): C[] {
  const ordered: C[] = [];
  const seen = new Set<C>();
  const visit = (container: C): void => {
    if (seen.has(container)) return;
    seen.add(container);
    for (const other of containers) if (needs(other, container)) visit(other);
    ordered.push(container);
  };
  for (const container of containers) visit(container);
  return ordered;
}

function needs(dependent: OrderedContainer, container: OrderedContainer): boolean {
  if (dependent === container) return false;
  if (dependent.networkOf === container.id) return true;
  const service = container.compose?.service;
  return service !== undefined && dependent.compose?.dependsOn.includes(service) === true;
}
