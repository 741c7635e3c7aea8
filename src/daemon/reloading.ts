/** What a running daemon is given to take up another config, and what it says of it. */
import type { LoadedConfig } from "../config/loaded-config.ts";
import type { Logger } from "../observability/logger.ts";
import type { ConfigReloaderOptions } from "./config-reloader.ts";
import type { ConfigWatchOptions } from "./config-watch.ts";
import type { StackFacts } from "./stack-facts.ts";

export interface Reloading extends Pick<ConfigWatchOptions, "read" | "ask" | "follow"> {
  /** What the config in effect was loaded from. */
  before: ConfigReloaderOptions["before"];
  /** The config as it stands now. Throws with all that is wrong. */
  load: (facts: StackFacts) => Promise<LoadedConfig>;
  /** Calls back at each SIGHUP; gives what ends that. */
  onHangUp: (listener: () => void) => () => void;
}

export function logReload(
  logger: () => Logger,
  onRefused: (message: string) => void,
): Pick<ConfigReloaderOptions, "onRefused" | "onSame"> {
  return {
    onRefused(message) {
      logger().error(`The changed config is refused, and the one before stays in effect: ${message}`);
      onRefused(message);
    },
    onSame: () => logger().debug("The config was loaded again and says the same"),
  };
}
