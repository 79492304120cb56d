/** Dockerfiles planned and built in memory: no disk, no kernel, no registry, no clock; the same every time. */
export type { Command, CommandOutcome, Run } from "../edge/build/memory/Commands.js"
export type { FileGiven, Files } from "../edge/build/memory/Files.js"
export type { FileNode, FileTree } from "../edge/store/memory/FileNode.js"
export type { BuildOutcome, BuiltImage, StepOutcome } from "./testing/Outcome.js"
export {
  buildWith,
  makeTestBuilder,
  type TestBuild,
  type TestBuilder,
  type TestBuilderOptions,
  type TestImage
} from "./testing/TestBuilder.js"
