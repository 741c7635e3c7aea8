/** Redis servers that are restored in place: after their volume is gone, over what is there, and when they cannot be. */
import { expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { ensureDatabaseImages } from "./database-images.ts";
import { docker } from "./images.ts";
import { describeInLab } from "./in-lab.ts";
import { IDLE, standUp, type StackPlan } from "./sidecar-stack.ts";

const PASSWORD = "correct-horse-battery";
/** On a machine that does much else. */
const LONG_MS = 120_000;
const server = (volume: string, ...options: string[]) => ({
  image: "redis:7",
  command: ["sh", "-c", 'mkdir -p /data && cd /data && exec redis-server --dir /data "$@"', "sh", ...options],
  healthcheck: { test: ["CMD", "redis-cli", "ping"], interval: "1s", retries: 60 },
  volumes: [`${volume}:/data`, "./password:/run/secrets/password:ro"],
  environment: { REDIS_PASSWORD_FILE: "/run/secrets/password" },
});
const SECURE = ["--requirepass", PASSWORD, "--masterauth", "for its 'primary'"];
const PLAN: StackPlan = {
  services: {
    cache: server("cache_data", ...SECURE, "--appendonly", "yes"),
    plain: server("plain_data", ...SECURE),
    app: { ...IDLE, depends_on: { cache: { condition: "service_started" } } },
  },
  config: {
    defaults: { retry: { attempts: 1 } },
    jobs: { keys: { source: { kind: "redis", service: "cache" } } },
    stores: { local: { kind: "local", path: "/archive" } },
    guard: { after: "2s" },
  },
  ...{ prepare: ensureDatabaseImages, files: { password: PASSWORD } },
};

describeInLab("Redis that is restored in place", (lab) => {
  const stack = standUp(lab, PLAN, () => load());
  const redis = async (service: string, ...command: string[]) =>
    (await stack.execWith({ REDISCLI_AUTH: PASSWORD }, service, "redis-cli", ...command)).trim();

  const load = async () => {
    const script = `for i = 1, 5000 do redis.call('SET', 'key:' .. i, 'žluť €' .. string.char(0, 255, 10) .. i) end
      for i = 1, 600 do redis.call('HSET', 'hash', 'field' .. i, string.rep('x', i)); redis.call('ZADD', 'sorted', i / 3, 'm' .. i) end
      redis.call('SET', 'passing', 'x', 'PXAT', 4102444800123); redis.call('SELECT', 3); redis.call('SET', 'other', 'y'); return 1`;
    expect(await redis("cache", "EVAL", script, "0")).toBe("1");
  };
  const pairs = async (service: string) => Number((await redis(service, "LLEN", "left")) || 0);
  /** Pushes to two lists in one transaction: they are of one length. */
  const write = async () => {
    const loop =
      "while redis-cli EVAL \"redis.call('RPUSH','left','x') redis.call('RPUSH','right','x')\" 0 >/dev/null; do :; done";
    await stack.compose("exec", "-d", "--env", `REDISCLI_AUTH=${PASSWORD}`, "cache", "sh", "-c", loop);
    await waitUntil("it is written to", async () => (await pairs("cache")) > 20);
  };
  /** Of every key's content and time to live, but for the lists that are written to. A hash has no order. */
  const digest = async (service: string) => {
    const script = `local call = redis.call
      local function content(key)
        if call('TYPE', key).ok == 'zset' then return table.concat(call('ZRANGE', key, 0, -1, 'WITHSCORES'), ',') end
        if call('TYPE', key).ok ~= 'hash' then return call('GET', key) end
        local parts = {}
        for _, field in ipairs(call('HKEYS', key)) do parts[#parts + 1] = field .. '=' .. call('HGET', key, field) end
        table.sort(parts)
        return table.concat(parts, ',')
      end
      local all, text = call('KEYS', '*'), ''
      table.sort(all)
      for _, key in ipairs(all) do if key ~= 'left' and key ~= 'right' then
        text = redis.sha1hex(text .. key .. content(key) .. call('PEXPIRETIME', key)) end end
      return text`;
    const first = await redis(service, "EVAL", script, "0");
    return [first, await redis(service, "-n", "3", "EVAL", script, "0")].join(" ");
  };
  const files = (service: string) =>
    stack.exec(service, "sh", "-c", "ls /data | grep holdfast | sort | sed 's/[0-9a-f]\\{12\\}/*/'");
  const stateOf = async (service: string) =>
    (await docker(lab, "inspect", "--format", "{{.State.Status}}", stack.container(service))).trim();
  /** A server comes back with what is in its files. */
  const restart = async (service: string) => {
    await stack.compose("kill", "--signal", "KILL", service);
    await stack.up();
  };

  it("is back after its volume is gone, as it was at one moment amid its writes, and in its files", async () => {
    await write();
    const before = { digest: await digest("cache"), pairs: await pairs("cache") };
    const { outcome, reason } = await stack.backUp("keys");
    expect(outcome, reason).toBe("succeeded");
    await stack.compose("rm", "--stop", "--force", "--volumes", "cache");
    await docker(lab, "volume", "rm", `${stack.project}_cache_data`);
    await stack.up();
    const { stderr } = await stack.restore("keys", "--in-place");
    expect(stderr).not.toContain("warning");
    expect(await redis("cache", "INFO", "replication")).toContain("role:master");
    await restart("cache");
    expect(await digest("cache")).toBe(before.digest);
    expect(await pairs("cache")).toBeGreaterThanOrEqual(before.pairs);
    expect(await redis("cache", "LLEN", "right")).toBe(String(await pairs("cache")));
    expect(await files("cache")).toBe("");
  });

  it("takes the place of what is there, of which a dump is kept that is restored only by its id", async () => {
    const before = await digest("cache");
    await redis("cache", "FLUSHALL");
    await redis("cache", "SET", "only", "one");
    const told = await stack.restore("keys", "--in-place", "--json");
    const { safetyPoint } = JSON.parse(told.stdout) as { safetyPoint: string };
    expect(await digest("cache")).toBe(before);
    await stack.restore("keys", "--in-place", "--no-safety", "--point", safetyPoint);
    expect(await redis("cache", "KEYS", "*")).toBe("only");
    await stack.restore("keys", "--in-place", "--no-safety");
    expect(await digest("cache")).toBe(before);
  });

  it("goes to another server, which has no append-only file, and keeps what was there beside it", async () => {
    await redis("plain", "SET", "only", "one");
    await stack.restore("keys", "--service", "plain");
    await restart("plain");
    expect(await digest("plain")).toBe(await digest("cache"));
    expect(await files("plain")).toBe("dump_holdfast_old_*.rdb\n");
  });

  it("stays as it is when it cannot take the dump", async () => {
    const before = await digest("cache");
    await stack.exec("cache", "sh", "-c", "mv /usr/bin/redis-server /usr/bin/redis-gone");
    const { exitCode, stderr } = await stack.holdfast(
      "restore",
      "keys",
      "--in-place",
      "--yes",
      "--no-safety",
    );
    await stack.exec("cache", "sh", "-c", "mv /usr/bin/redis-gone /usr/bin/redis-server");
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining("no redis-server was found that could load the dump"),
    ]);
    expect([await digest("cache"), await files("cache")]).toEqual([before, ""]);
    await waitUntil("the app runs", async () => (await stateOf("app")) === "running", LONG_MS);
  });
});
