/** What became of alert messages, in the log and in the metrics. */
import type { DeliveryOutcome } from "../app/deliver-channel.ts";
import { conditionOf } from "../domain/alerts.ts";
import { messageOf } from "../domain/errors.ts";
import type { Logger } from "../observability/logger.ts";
import type { Metrics } from "../observability/metrics.ts";

export function logDeliveries(logger: Logger, metrics: Metrics): (outcome: DeliveryOutcome) => void {
  return ({ channel, outcome, message, error }) => {
    const about = { channel, event: message.event, condition: conditionOf(message) };
    const title = `${message.event} "${message.problem.title}"`;
    switch (outcome) {
      case "delivered":
        metrics.notified(channel, "delivered");
        return logger.info(`Alert ${title} was delivered to ${channel}`, about);
      case "failed":
        metrics.notified(channel, "postponed");
        return logger.warn(`Alert ${title} will be tried again: ${messageOf(error)}`, about);
      case "given-up":
        metrics.notified(channel, "dropped");
        return logger.error(`Alert ${title} was given up: ${messageOf(error)}`, about);
      case "removed":
        metrics.notified(channel, "dropped");
        return logger.info(`Alert ${title} was dropped: channel ${channel} is configured no more`, about);
      case "superseded":
        return logger.debug(`Alert ${title} was superseded by a later one`, about);
    }
  };
}
