import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores is what CI has: more workers only fight over them.
    maxWorkers: 2,
    minWorkers: 1
  }
})
