import { it } from "vitest"

/** A test of some callers only. For the others there is none, which is not the same as one that could not be run. */
export const when =
  (is: boolean) =>
  (name: string, test: () => void | Promise<void>, timeout?: number): void => {
    if (is) it(name, test, timeout)
  }
