/** From the options of an alert channel to its notifier: one line a kind. */
import type { LoadedConfig } from "../config/loaded-config.ts";
import type { ChannelOptions } from "../config/schema.ts";
import { createAlertmanagerNotifier } from "../notifiers/alertmanager/alertmanager.ts";
import { createDiscordNotifier } from "../notifiers/discord/discord.ts";
import { createEmailNotifier } from "../notifiers/email/email.ts";
import { createGotifyNotifier } from "../notifiers/gotify/gotify.ts";
import { createNtfyNotifier } from "../notifiers/ntfy/ntfy.ts";
import { createPagerdutyNotifier } from "../notifiers/pagerduty/pagerduty.ts";
import { Pinger, type PingerOptions } from "../notifiers/ping/pinger.ts";
import type { SlackOptions } from "../notifiers/slack/options.ts";
import { createSlackBotNotifier } from "../notifiers/slack/slack-bot.ts";
import { createSlackNotifier } from "../notifiers/slack/slack.ts";
import { createTeamsNotifier } from "../notifiers/teams/teams.ts";
import { createTelegramNotifier } from "../notifiers/telegram/telegram.ts";
import { createWebhookNotifier } from "../notifiers/webhook/webhook.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { ChannelNotes } from "../ports/state.ts";

export function createNotifier(
  name: string,
  options: ChannelOptions,
  around: { clock: Clock; notes: ChannelNotes },
): Notifier {
  switch (options.kind) {
    case "slack":
      return createSlack(name, options, around);
    case "discord":
      return createDiscordNotifier(name, options, around);
    case "teams":
      return createTeamsNotifier(name, options, around);
    case "telegram":
      return createTelegramNotifier(name, options, around);
    case "email":
      return createEmailNotifier(name, options, around);
    case "ntfy":
      return createNtfyNotifier(name, options, around);
    case "gotify":
      return createGotifyNotifier(name, options, around);
    case "pagerduty":
      return createPagerdutyNotifier(name, options, around);
    case "alertmanager":
      return createAlertmanagerNotifier(name, options, around);
    case "webhook":
      return createWebhookNotifier(name, options, around);
  }
}

/** The schema has seen to it that there is either. */
function createSlack(
  name: string,
  { url, token = "", channel = "", api }: SlackOptions,
  around: { clock: Clock; notes: ChannelNotes },
): Notifier {
  return url === undefined
    ? createSlackBotNotifier(name, { token, channel, api }, around)
    : createSlackNotifier(name, { url }, around);
}

export function createPinger(
  { stack, jobs }: LoadedConfig,
  around: Pick<PingerOptions, "clock" | "onTrouble">,
): Pinger {
  const targets = new Map(jobs.map(({ job }) => [job.name, job.ping]));
  return new Pinger({ ...around, stack, targetOf: (job) => targets.get(job) });
}
