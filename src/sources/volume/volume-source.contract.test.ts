import { describeSourceContract } from "../../../test/contract/source-contract.ts";
import { createVolumeSource } from "./volume-source.ts";

describeSourceContract("a directory", (path, globs) =>
  createVolumeSource({ kind: "volume", path, ...globs }),
);
