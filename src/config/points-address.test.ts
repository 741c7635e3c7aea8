import { describe, expect, it } from "vitest";
import { configOfAddress, parsePointsAddress } from "./points-address.ts";

describe("the address of recovery points", () => {
  it.each([
    ["gs://acme/backups/shop/data", { kind: "gcs", bucket: "acme", prefix: "backups" }],
    ["gs://acme/shop/data", { kind: "gcs", bucket: "acme" }],
    ["gs://acme/a/b/c/shop/data", { kind: "gcs", bucket: "acme", prefix: "a/b/c" }],
    [
      "s3://acme/backups/shop/data?region=eu-central-1&endpoint=https://s3.example.org:9000&pathStyle=true",
      {
        ...{ kind: "s3", bucket: "acme", prefix: "backups", region: "eu-central-1" },
        ...{ endpoint: "https://s3.example.org:9000", pathStyle: "true" },
      },
    ],
    ["file:///archive/shop/data", { kind: "local", path: "/archive" }],
    ["file:/mnt/usb disk/shop/data", { kind: "local", path: "/mnt/usb disk" }],
    ["file:///shop/data", { kind: "local", path: "/" }],
    ["rclone:sftp:backups/shop/data", { kind: "rclone", remote: "sftp:backups" }],
    ["rclone:sftp:/srv/backups/shop/data", { kind: "rclone", remote: "sftp:/srv/backups" }],
    ["rclone:sftp:shop/data", { kind: "rclone", remote: "sftp:" }],
  ])("%s", (address, store) => {
    expect(parsePointsAddress(address)).toEqual({ stack: "shop", job: "data", store });
    expect(parsePointsAddress(address.replace("shop/data", "shop/"))).toEqual({
      ...{ stack: "shop", job: undefined, store },
    });
  });

  it("makes a config of one store", () => {
    expect(configOfAddress(parsePointsAddress("gs://acme/shop/data"))).toEqual({
      stack: "shop",
      stores: { from: { kind: "gcs", bucket: "acme" } },
    });
  });

  it.each([
    ["", "begins with none of"],
    ["/archive/shop/data", "begins with none of"],
    ["ftp://acme/shop/data", "begins with none of"],
    ["gs://acme", "does not name a store, a stack and a job"],
    ["gs://acme/", "does not name a store, a stack and a job"],
    ["gs://acme/shop", "does not name a store, a stack and a job"],
    ["gs:acme/shop/data", "does not name a store, a stack and a job"],
    ["gs:///shop/data", "does not name a store, a stack and a job"],
    ["file:archive/shop/data", "does not name a store, a stack and a job"],
    ["file://host/archive/shop/data", "does not name a store, a stack and a job"],
    ["rclone:shop", "does not name a store, a stack and a job"],
    ["s3://acme/shop/data?secretAccessKey=x", "could be seen by others; give it in the environment"],
  ])("%s is refused", (address, why) => {
    expect(() => parsePointsAddress(address)).toThrow(why);
  });
});
