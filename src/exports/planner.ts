/** Dockerfiles as data: parsed, planned, and explained, without touching anything. */

export * as Dockerfile from "../core/dockerfile/Dockerfile.js"
export * as Parser from "../core/dockerfile/Parser.js"
export * as BuildPlan from "../core/plan/BuildPlan.js"
export * as Planner from "../core/plan/Planner.js"
