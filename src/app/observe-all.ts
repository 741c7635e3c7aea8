import type { RunObserver } from "../ports/run-observer.ts";

/** One observer that tells all of them, in their order. */
export function observeAll(observers: readonly RunObserver[]): Required<RunObserver> {
  return {
    runStarted: (run) => observers.forEach((observer) => observer.runStarted?.(run)),
    runProgress: (run, progress) => observers.forEach((observer) => observer.runProgress?.(run, progress)),
    runWarned: (run, message) => observers.forEach((observer) => observer.runWarned?.(run, message)),
    runFinished: (run, error) => observers.forEach((observer) => observer.runFinished?.(run, error)),
    databaseCaptured: (event) => observers.forEach((observer) => observer.databaseCaptured?.(event)),
    servicesHeld: (event) => observers.forEach((observer) => observer.servicesHeld?.(event)),
    leftoversRemoved: (event) => observers.forEach((observer) => observer.leftoversRemoved?.(event)),
    pointsCopied: (event) => observers.forEach((observer) => observer.pointsCopied?.(event)),
    pointsPruned: (event) => observers.forEach((observer) => observer.pointsPruned?.(event)),
  };
}
