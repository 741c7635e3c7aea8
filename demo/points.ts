/** The catalog, as the daemon's API tells it. */
import { JOB } from "./config.ts";
import type { Stage } from "./stage.ts";

export interface Point {
  id: string;
  startedAt: string;
}

/** Newest first. */
export async function points(stage: Stage): Promise<Point[]> {
  const { body } = await stage.daemon.get(`/api/v1/jobs/${JOB}/points`);
  return (JSON.parse(body) as { points: Point[] }).points;
}
