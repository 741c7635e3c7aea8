/** Property tests share one random seed a run, printed so that a failure can be repeated with HOLDFAST_TEST_SEED. */
import fc from "fast-check";

const seed = Number(process.env["HOLDFAST_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
fc.configureGlobal({ seed });
console.info(`HOLDFAST_TEST_SEED=${seed}`);
