/** From the options of an alert channel to its notifier, whose code is loaded only where there is a channel of its kind. */
import type { LoadedConfig } from "../config/loaded-config.ts";
import type { ChannelOptions } from "../config/schema.ts";
import { Pinger, type PingerOptions } from "../notifiers/ping/pinger.ts";
import type { SlackOptions } from "../notifiers/slack/options.ts";
import { withoutSecrets } from "../notifiers/without-secrets.ts";
import type { Clock } from "../ports/clock.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { ChannelNotes } from "../ports/state.ts";

/** Of all channels. What they are told passes `hideSecrets`. */
export async function createNotifiers(
  { alerts }: LoadedConfig,
  around: { clock: Clock; notes: ChannelNotes },
  hideSecrets: (text: string) => string,
): Promise<Notifier[]> {
  return Promise.all(
    alerts.channels.map(async ({ name, options }) =>
      withoutSecrets(await createNotifier(name, options, around), hideSecrets),
    ),
  );
}

export async function createNotifier(
  name: string,
  options: ChannelOptions,
  around: { clock: Clock; notes: ChannelNotes },
): Promise<Notifier> {
  switch (options.kind) {
    case "slack":
      return createSlack(name, options, around);
    case "discord":
      return (await import("../notifiers/discord/discord.ts")).createDiscordNotifier(name, options, around);
    case "teams":
      return (await import("../notifiers/teams/teams.ts")).createTeamsNotifier(name, options, around);
    case "telegram":
      return (await import("../notifiers/telegram/telegram.ts")).createTelegramNotifier(
        name,
        options,
        around,
      );
    case "email":
      return (await import("../notifiers/email/email.ts")).createEmailNotifier(name, options, around);
    case "ntfy":
      return (await import("../notifiers/ntfy/ntfy.ts")).createNtfyNotifier(name, options, around);
    case "gotify":
      return (await import("../notifiers/gotify/gotify.ts")).createGotifyNotifier(name, options, around);
    case "pagerduty":
      return (await import("../notifiers/pagerduty/pagerduty.ts")).createPagerdutyNotifier(
        name,
        options,
        around,
      );
    case "alertmanager":
      return (await import("../notifiers/alertmanager/alertmanager.ts")).createAlertmanagerNotifier(
        name,
        options,
        around,
      );
    case "webhook":
      return (await import("../notifiers/webhook/webhook.ts")).createWebhookNotifier(name, options, around);
  }
}

/** The schema has seen to it that there is either. */
async function createSlack(
  name: string,
  { url, token = "", channel = "", api }: SlackOptions,
  around: { clock: Clock; notes: ChannelNotes },
): Promise<Notifier> {
  if (url !== undefined) {
    const { createSlackNotifier } = await import("../notifiers/slack/slack.ts");
    return createSlackNotifier(name, { url }, around);
  }
  const { createSlackBotNotifier } = await import("../notifiers/slack/slack-bot.ts");
  return createSlackBotNotifier(name, { token, channel, api }, around);
}

export function createPinger(
  { stack, jobs }: LoadedConfig,
  around: Pick<PingerOptions, "clock" | "onTrouble">,
): Pinger {
  const targets = new Map(jobs.map(({ job }) => [job.name, job.ping]));
  return new Pinger({ ...around, stack, targetOf: (job) => targets.get(job) });
}
