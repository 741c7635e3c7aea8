/** What is said of Google Cloud wherever it is spoken to: the project, who we are in it, and under which address. */
import { z } from "zod";

export const GoogleProject = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.:-]*$/)
  .meta({ expected: "the id of a project" });

/** Without it: what the environment provides (application default credentials, the service account of the machine). */
export const GoogleKeyFile = z
  .string()
  .startsWith("/")
  .meta({ expected: "the absolute path of a JSON file with credentials" });

/** Of http:// nothing is asked who we are: a stand-in. */
export const GoogleEndpoint = z
  .url({ protocol: /^https?$/ })
  .refine((address) => URL.parse(address)?.pathname === "/")
  .meta({ expected: "an https:// address without a path, or http:// of a stand-in" });
