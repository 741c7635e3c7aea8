import { expect, it, onTestFinished } from "vitest";
import { FakeClock } from "../../test/fakes/fake-clock.ts";
import { startReceiver, SECRET_PATH } from "../../test/fakes/receiver.ts";
import { jobStatus, stackStatus, STATUS_AT } from "../../test/fakes/status-fixture.ts";
import { pushMetrics } from "./pushgateway.ts";

async function workshop() {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  const clock = new FakeClock(STATUS_AT);
  const { signal } = new AbortController();
  const status = stackStatus({ jobs: [jobStatus(), jobStatus({ name: "users" })] });
  const push = (url = receiver.url) => pushMetrics({ url, status, job: "data", clock, signal });
  return { receiver, clock, push };
}

it("leaves a job's own gauges in a group of their own, each by the job's name", async () => {
  const { receiver, push } = await workshop();
  await push(receiver.url.replace("http://", "http://me:p%40ss@"));
  const [request] = receiver.requests;
  expect(request).toMatchObject({ method: "PUT", path: `${SECRET_PATH}/metrics/job/data/stack/analytics` });
  expect(request?.headers.authorization).toBe(`Basic ${Buffer.from("me:p@ss").toString("base64")}`);
  const samples = request?.body.split("\n").filter((line) => line !== "" && !line.startsWith("#")) ?? [];
  expect(samples).toContain('holdfast_job_fresh{job="data",store="local"} 1');
  expect(samples.filter((line) => !line.includes('job="data"'))).toEqual([]);
  expect(request?.body).toMatch(/[^\n]\n$/);
});

it("says what went wrong, and never where", async () => {
  const { receiver, clock, push } = await workshop();
  receiver.answer({ status: 400 });
  await expect(push()).rejects.toThrow(
    "Pushing the metrics of job data failed: the gateway answered 400; check `metrics.pushgateway`.",
  );
  receiver.answer("close");
  await expect(push()).rejects.toThrow(/the connection failed; check/);
  receiver.answer("hang");
  const hanging = push();
  const refused = expect(hanging).rejects.toThrow(/^((?!SECRET).)*does not answer((?!SECRET).)*$/);
  await receiver.received(3);
  await clock.advance(10_000);
  await refused;
});
