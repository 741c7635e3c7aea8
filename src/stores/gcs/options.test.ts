import { describe, expect, it } from "vitest";
import { GcsStoreOptions } from "./options.ts";

const accepts = (options: object) =>
  GcsStoreOptions.safeParse({ kind: "gcs", bucket: "acme-backups", ...options }).success;

describe("the options of a store in Cloud Storage", () => {
  it.each([
    {},
    { bucket: "backups.example.com", prefix: "analytics" },
    { prefix: "backups/příliš žluťoučký/x", storageClass: "ARCHIVE" },
    { endpoint: "https://storage.europe-west3.rep.googleapis.com", project: "example.com:acme-1" },
    { endpoint: "http://127.0.0.1:4443", keyFile: "/run/secrets/key" },
  ])("can be %o", (options) => {
    expect(accepts(options)).toBe(true);
  });

  it.each([
    { bucket: "gs://acme-backups" },
    { bucket: "acme-backups/analytics" },
    { bucket: "Acme" },
    { prefix: "" },
    { prefix: "/analytics" },
    { prefix: "analytics/" },
    { prefix: "a//b" },
    { prefix: "../elsewhere" },
    { prefix: "a\nb" },
    { keyFile: "key.json" },
    { endpoint: "storage.googleapis.com" },
    { endpoint: "https://storage.googleapis.com/storage/v1" },
    { storageClass: "standard" },
    { storageclass: "STANDARD" },
  ])("cannot be %o", (options) => {
    expect(accepts(options)).toBe(false);
  });
});
