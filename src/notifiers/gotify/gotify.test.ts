import { expect } from "vitest";
import { describeNotifierContract } from "../../../test/contract/notifier-contract.ts";
import { createGotifyNotifier } from "./gotify.ts";

describeNotifierContract(
  "gotify",
  (url, clock) => createGotifyNotifier("ops", { url: `${url}/`, token: "A-SECRET-token" }, { clock }),
  {
    check: ({ body, path, headers }, { event, problem }) => {
      expect(path.endsWith("/B0SECRET/message")).toBe(true);
      expect(headers["x-gotify-key"]).toBe("A-SECRET-token");
      const { title, message, priority } = JSON.parse(body) as Record<string, unknown>;
      expect(String(title).trim()).not.toBe("");
      expect(String(message).trim()).not.toBe("");
      expect(String(message).length).toBeLessThan(100_000);
      const noisy = event === "firing" || event === "repeated";
      expect(priority).toBe(noisy ? (problem.severity === "critical" ? 8 : 5) : 4);
    },
  },
);
