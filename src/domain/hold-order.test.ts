import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdOrder, type OrderedContainer } from "./hold-order.ts";

function container(service: string, dependsOn: string[] = [], networkOf?: string): OrderedContainer {
  return { id: `id-${service}`, networkOf, compose: { service, dependsOn } };
}

function servicesOf(containers: readonly OrderedContainer[]): (string | undefined)[] {
  return containers.map(({ compose }) => compose?.service);
}

describe("the order in which services are held", () => {
  it("puts who depends on another one before it, through any number of steps", () => {
    const db = container("db");
    const api = container("api", ["db"]);
    const web = container("web", ["api"]);
    expect(servicesOf(holdOrder([db, web, api]))).toEqual(["web", "api", "db"]);
  });

  it("puts who lives in the network of another one before it", () => {
    const vpn = container("vpn");
    expect(servicesOf(holdOrder([vpn, container("client", [], "id-vpn")]))).toEqual(["client", "vpn"]);
  });

  it("keeps the given order where nothing asks for another", () => {
    expect(servicesOf(holdOrder([container("b"), container("a")]))).toEqual(["b", "a"]);
  });

  it("holds each container once, also where they depend on one another in a circle", () => {
    const names = fc.constantFrom("a", "b", "c", "d");
    const any = fc.uniqueArray(fc.tuple(names, fc.array(names)), { selector: ([name]) => name });
    fc.assert(
      fc.property(any, (services) => {
        const containers = services.map(([service, dependsOn]) => container(service, dependsOn));
        expect(new Set(holdOrder(containers))).toEqual(new Set(containers));
        expect(holdOrder(containers)).toHaveLength(containers.length);
      }),
    );
  });
});
