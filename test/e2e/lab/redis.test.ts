/** Redis servers that are written to, dumped, and started anew from the dump. */
import { describe, expect, it } from "vitest";
import { waitUntil } from "../wait-until.ts";
import { ensureDatabaseImages } from "./database-images.ts";
import { describeInLab } from "./in-lab.ts";
import { IDLE, standUp, type StackPlan } from "./sidecar-stack.ts";

const PASSWORD = "correct-horse-battery";
const server = (of: object) => ({
  ...{ image: "redis:7", healthcheck: { test: ["CMD", "redis-cli", "ping"], interval: "3s", retries: 60 } },
  ...of,
});
const SERVICES = {
  cache: server({
    environment: { REDIS_PASSWORD_FILE: "/run/secrets/password" },
    command: ["redis-server", "--requirepass", PASSWORD, "--appendonly", "yes"],
    volumes: ["./password:/run/secrets/password:ro"],
  }),
  scratch: server({
    command: ["sh", "-c", "mkdir -p /data && cd /data && exec redis-server --protected-mode no --dir /data"],
    volumes: ["scratch_data:/data", "restored:/restored"],
  }),
  app: IDLE,
};

const source = (of: object) => ({ kind: "redis", service: "cache", ...of });
const CONFIG = {
  defaults: { retry: { attempts: 1 } },
  jobs: {
    keys: { source: source({}) },
    saved: { source: source({ method: "bgsave" }) },
    reader: { source: source({ user: "reader", passwordFile: "/etc/holdfast/reader" }) },
    wrong: { source: source({ passwordFile: "/etc/holdfast/wrong" }) },
    port: { source: source({ options: ["-p", "7777"] }) },
    toolless: { source: source({ service: "app" }) },
  },
  stores: { local: { kind: "local", path: "/archive" } },
};

const PLAN: StackPlan = {
  ...{ services: SERVICES, config: CONFIG, mounts: ["restored:/restored"], prepare: ensureDatabaseImages },
  files: { password: PASSWORD, "config/wrong": "wrong-password-here", "config/reader": "readers-password" },
};

describeInLab("Redis in a stack", (lab) => {
  const stack = standUp(lab, PLAN, () => load());

  const redis = async (service: string, ...command: string[]) => {
    const variables: Record<string, string> = service === "cache" ? { REDISCLI_AUTH: PASSWORD } : {};
    return (await stack.execWith(variables, service, "redis-cli", ...command)).trim();
  };

  const load = async () => {
    const script = `for i = 1, 5000 do redis.call('SET', 'key:' .. i, 'žluť €' .. string.char(0, 255, 10) .. i) end
      for i = 1, 600 do redis.call('HSET', 'hash', 'field' .. i, string.rep('x', i)); redis.call('ZADD', 'sorted', i / 3, 'm' .. i) end
      for i = 1, 300 do redis.call('RPUSH', 'list', i); redis.call('SADD', 'set', i); redis.call('XADD', 'stream', i .. '-1', 'f', i) end
      redis.call('SET', 'passing', 'x', 'PXAT', 4102444800123); redis.call('SELECT', 3); redis.call('SET', 'other', 'y'); return 1`;
    expect(await redis("cache", "EVAL", script, "0")).toBe("1");
    await redis("cache", "XGROUP", "CREATE", "stream", "group", "0");
    await redis(
      "cache",
      "ACL",
      "SETUSER",
      "reader",
      "on",
      ">readers-password",
      "+info",
      "+sync",
      "+psync",
      "+replconf",
    );
  };

  const pairs = async (service: string) => Number((await redis(service, "LLEN", "left")) || 0);
  /** Pushes to two lists in one transaction: they are of one length. Gives what ends that. */
  const write = async () => {
    const loop =
      "while redis-cli EVAL \"redis.call('RPUSH','left','x') redis.call('RPUSH','right','x')\" 0 >/dev/null; do [ ! -e /tmp/enough ] || exit 0; done";
    await stack.compose("exec", "-d", "--env", `REDISCLI_AUTH=${PASSWORD}`, "cache", "sh", "-c", loop);
    await waitUntil("it is written to", async () => (await pairs("cache")) > 20);
    return () => stack.exec("cache", "touch", "/tmp/enough");
  };
  /** A digest of every key's value and time to live, but for the lists that are written to. Hashes and sets have no order. */
  const digest = async (service: string) => {
    const script = `local call = redis.call
      local function content(key)
        local kind = call('TYPE', key).ok
        local parts = {}
        if kind == 'string' then parts = { call('GET', key) }
        elseif kind == 'list' then parts = call('LRANGE', key, 0, -1)
        elseif kind == 'zset' then parts = call('ZRANGE', key, 0, -1, 'WITHSCORES')
        elseif kind == 'set' then parts = call('SMEMBERS', key); table.sort(parts)
        elseif kind == 'hash' then
          for _, field in ipairs(call('HKEYS', key)) do parts[#parts + 1] = field .. '=' .. call('HGET', key, field) end
          table.sort(parts)
        else parts = { cjson.encode(call('XRANGE', key, '-', '+')), cjson.encode(call('XINFO', 'GROUPS', key)) } end
        return kind .. table.concat(parts, ',')
      end
      local all, text = call('KEYS', '*'), ''
      table.sort(all)
      for _, key in ipairs(all) do if key ~= 'left' and key ~= 'right' then
        text = redis.sha1hex(text .. key .. content(key) .. call('PEXPIRETIME', key)) end end
      return text`;
    const first = await redis(service, "EVAL", script, "0");
    return [first, await redis(service, "-n", "3", "EVAL", script, "0"), await redis(service, "DBSIZE")].join(
      " ",
    );
  };

  /** A server loads an RDB when it starts. */
  const startFrom = async (job: string) => {
    await stack.restore(job, "--to", `/restored/${job}`);
    await redis("scratch", "CONFIG", "SET", "save", "");
    await stack.exec("scratch", "cp", `/restored/${job}/dump.rdb`, "/data/dump.rdb");
    await stack.compose("restart", "--timeout", "0", "scratch");
    await stack.up();
  };

  it("is as it was at one moment amid its writes, in another server", async () => {
    const stopWriting = await write();
    const before = { digest: await digest("cache"), pairs: await pairs("cache") };
    const { outcome, reason, point } = await stack.backUp("keys");
    await stopWriting();
    expect(outcome, reason).toBe("succeeded");
    expect((await stack.points("keys"))[0]?.dumps).toMatchObject([
      { object: "dump.rdb.zst", keys: 5009, databases: 2, checksum: "CRC-64", method: "redis-cli --rdb" },
    ]);
    expect((await stack.holdfast("show", point)).stdout).toMatch(/Server +Redis 7\.[^]*5009 keys/);
    expect(await stack.holdfast("verify", "keys")).toMatchObject({ exitCode: 0 });
    await startFrom("keys");
    expect(await digest("scratch")).toBe(before.digest);
    const restored = await pairs("scratch");
    expect(restored).toBeGreaterThanOrEqual(before.pairs);
    expect(await redis("scratch", "LLEN", "right")).toBe(String(restored));
    const check = await stack.exec("scratch", "redis-check-rdb", "/restored/keys/dump.rdb");
    expect(check).toContain("RDB looks OK");
  });

  it("is saved by the server where that is asked for", async () => {
    const { outcome, reason } = await stack.backUp("saved");
    expect(outcome, reason).toBe("succeeded");
    expect((await stack.points("saved"))[0]?.dumps).toMatchObject([{ method: "BGSAVE", checksum: "CRC-64" }]);
    await startFrom("saved");
    expect(await digest("scratch")).toBe(await digest("cache"));
  });

  it("is dumped by a user who may do nothing else, and when the server writes its dumps to its disk first", async () => {
    await redis("cache", "CONFIG", "SET", "repl-diskless-sync", "no");
    const { outcome, reason } = await stack.backUp("reader");
    expect(outcome, reason).toBe("succeeded");
  });

  describe("with something wrong", () => {
    it.each([
      [
        "wrong",
        /Dumping the keys of service cache failed: redis-cli ended with exit code 1 in service cache: .*WRONGPASS/,
      ],
      [
        "port",
        /Dumping the keys of service cache failed: redis-cli ended with exit code 1 in service cache: .*Connection refused/,
      ],
      ["toolless", /Dumping the keys of service app failed: service app has no redis-cli that can be run/],
    ])("fails in one sentence and leaves no point: %s", async (job, reason) => {
      const run = await stack.backUp(job);
      expect(run).toMatchObject({
        exitCode: 1,
        outcome: "failed",
        reason: expect.stringMatching(reason) as unknown,
      });
      expect(run.reason).not.toContain("wrong-password-here");
      expect(await stack.points(job)).toEqual([]);
    });

    it("fails when a user may not have the data", async () => {
      await redis("cache", "ACL", "SETUSER", "reader", "-sync", "-psync");
      expect((await stack.backUp("reader")).reason).toMatch(
        /redis-cli ended with exit code 1 in service cache: .*NOPERM/,
      );
      expect(await stack.points("reader")).toHaveLength(1);
    });

    it("fails when it is empty and was not", async () => {
      await redis("cache", "FLUSHALL");
      const { outcome, reason } = await stack.backUp("keys");
      expect([outcome, reason]).toEqual(["failed", expect.stringContaining("it is empty where it was not")]);
    });

    it("fails while the server does not run", async () => {
      await stack.compose("stop", "cache");
      expect((await stack.backUp("keys")).reason).toMatch(
        /service cache does not run: its container \S+-cache-1 is exited/,
      );
      expect(await stack.points("keys")).toHaveLength(1);
    });
  });

  it("is not told from its password anywhere", async () => {
    const all = await stack.everythingTold();
    for (const secret of [PASSWORD, "wrong-password-here", "readers-password"])
      expect(all).not.toContain(secret);
  });
});
