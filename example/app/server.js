/**
 * Notes in a DuckDB file that stays open all day, uploads beside it.
 *
 *   GET /notes, POST /notes (the text as body), PUT /uploads/<name>, GET /uploads/<name>, GET /health
 */
import { createReadStream, createWriteStream, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";
import { DuckDBInstance } from "@duckdb/node-api";

const DATA = "/data";
const UPLOADS = join(DATA, "uploads");

mkdirSync(UPLOADS, { recursive: true });
const database = await (await DuckDBInstance.create(join(DATA, "notes.duckdb"))).connect();
await database.run("CREATE SEQUENCE IF NOT EXISTS ids");
await database.run(
  "CREATE TABLE IF NOT EXISTS notes (id INTEGER DEFAULT nextval('ids'), body TEXT, written TIMESTAMP DEFAULT now())",
);

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error("ERROR", error);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
});

async function answer(request, response) {
  const route = `${request.method} ${request.url}`;
  if (route === "GET /health") return response.end("ok\n");
  if (route === "GET /notes") return response.end(JSON.stringify(await notes()));
  if (route === "POST /notes") {
    await database.run("INSERT INTO notes (body) VALUES ($1)", [await text(request)]);
    response.writeHead(201);
    return response.end();
  }
  const name = /^\/uploads\/([\w.-]+)$/.exec(request.url)?.[1];
  if (name !== undefined && request.method === "PUT") {
    await pipeline(request, createWriteStream(join(UPLOADS, name)));
    response.writeHead(201);
    return response.end();
  }
  if (name !== undefined && request.method === "GET") {
    return pipeline(createReadStream(join(UPLOADS, name)), response);
  }
  response.writeHead(404);
  return response.end();
}

async function notes() {
  const reader = await database.runAndReadAll("SELECT id, body FROM notes ORDER BY id");
  return reader.getRowObjectsJson();
}

server.listen(8080, () => console.log("Listening on 8080."));
process.once("SIGTERM", () => server.close(() => process.exit(0)));
