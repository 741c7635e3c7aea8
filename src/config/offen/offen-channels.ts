/** Where docker-volume-backup tells failures, as alert channels. What is secret becomes a variable of its own. */
import type { Value } from "./draft.ts";
import type { OffenEnvironment } from "./offen-environment.ts";

export interface ChannelDraft {
  name: string;
  values: [key: string, value: Value][];
  from: string;
  notes: string[];
}

export function channelsOf(environment: OffenEnvironment): ChannelDraft[] {
  const given = environment.take("NOTIFICATION_URLS");
  const urls = given === undefined ? [] : given.value.split(",").map((url) => url.trim());
  return [
    ...urls.filter((url) => url !== "").map((url) => channelOf(url, given?.from ?? "")),
    ...mail(environment),
  ];
}

function channelOf(url: string, from: string): ChannelDraft {
  const [scheme = ""] = url.split("://");
  const kind = scheme.split("+")[0] ?? "";
  switch (kind) {
    case "slack":
    case "discord":
    case "teams": {
      const variable = `${kind.toUpperCase()}_WEBHOOK_URL`;
      const notes = [`Put the https:// address of the ${kind} webhook into the variable ${variable}.`];
      return {
        name: kind,
        from,
        notes,
        values: [
          ["kind", kind],
          ["url", `\${${variable}}`],
        ],
      };
    }
    case "telegram": {
      const [chat = ""] = (parametersOf(url).get("chats") ?? parametersOf(url).get("channels") ?? "").split(
        ",",
      );
      const notes = ["Put the token of the Telegram bot into the variable TELEGRAM_TOKEN."];
      return {
        name: kind,
        from,
        notes,
        values: [
          ["kind", kind],
          ["token", "${TELEGRAM_TOKEN}"],
          ["chat", chat],
        ],
      };
    }
    case "smtp":
      return smtp(url, from);
    default:
      return {
        name: "",
        from,
        values: [],
        notes: [`NOTIFICATION_URLS has an address of ${kind}: see docs/alerts.md for a channel like it.`],
      };
  }
}

function smtp(url: string, from: string): ChannelDraft {
  const { hostname, port, username } = new URL(url.replace(/^smtp:/, "http:"));
  const parameters = parametersOf(url);
  const get = (name: string) => [...parameters].find(([key]) => key.toLowerCase() === name)?.[1] ?? "";
  return email({
    host: hostname,
    port: port || "25",
    user: decodeURIComponent(username),
    sender: get("fromaddress") || get("from"),
    recipients: get("toaddresses") || get("to"),
    from,
  });
}

function mail(environment: OffenEnvironment): ChannelDraft[] {
  const recipients = environment.take("EMAIL_NOTIFICATION_RECIPIENT");
  const [sender, host, user, port] = [
    "EMAIL_NOTIFICATION_SENDER",
    "EMAIL_SMTP_HOST",
    "EMAIL_SMTP_USERNAME",
    "EMAIL_SMTP_PORT",
  ].map((key) => environment.take(key)?.value ?? "");
  environment.secret("EMAIL_SMTP_PASSWORD");
  if (recipients === undefined) return [];
  return [
    email({
      host: host ?? "",
      port: port || "587",
      user: user ?? "",
      sender: sender || "noreply@nohost",
      recipients: recipients.value,
      from: recipients.from,
    }),
  ];
}

function email({
  host,
  port,
  user,
  sender,
  recipients,
  from,
}: Record<"host" | "port" | "user" | "sender" | "recipients" | "from", string>): ChannelDraft {
  const login: ChannelDraft["values"] =
    user === ""
      ? []
      : [
          ["user", user],
          ["password", "${EMAIL_SMTP_PASSWORD}"],
        ];
  return {
    name: "email",
    from,
    notes: user === "" ? [] : ["Put the password of the SMTP server into the variable EMAIL_SMTP_PASSWORD."],
    values: [
      ["kind", "email"],
      ["host", host],
      ["port", Number(port)],
      ...login,
      ["from", sender],
      ["to", recipients.split(",").map((address) => address.trim())],
    ],
  };
}

function parametersOf(url: string): URLSearchParams {
  return new URLSearchParams(url.split("?")[1] ?? "");
}
