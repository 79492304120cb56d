import * as FastCheck from "effect/FastCheck"
import * as Errno from "../../../src/core/program/Errno.js"
import * as Flag from "../../../src/core/program/Flag.js"
import * as Part from "../../../src/core/program/Part.js"
import * as Program from "../../../src/core/program/Program.js"
import * as Syscall from "../../../src/core/program/Syscall.js"

/** Also the names of two buffers, whose first bytes they then are. */
const resultNames = ["a", "b", "c", "one", "two"]
/** Kept inside structs, so that each of them has one home. */
const savedNames = ["x", "y"]

const text = FastCheck.string({ unit: "grapheme", maxLength: 12 })
  .filter((value) => !value.includes("\0"))
  .map(Program.text)

const buffer = FastCheck.constantFrom(
  Program.buffer("one", 4),
  Program.buffer("two", 4096),
  Program.buffer("three", 128)
)

const literal = FastCheck.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(Program.literal)
const flags = FastCheck.subarray([...Flag.names], { maxLength: 3 }).map((names) => Program.flags(...names))

const numberField = FastCheck.tuple(
  FastCheck.constantFrom(Program.u16, Program.u32, Program.u64),
  FastCheck.oneof(literal, flags)
).map(([make, value]) => make(value._tag === "Literal" ? value.value : value))

const struct = FastCheck.letrec<{ struct: Program.Struct; field: Program.Field }>((tie) => ({
  field: FastCheck.oneof(
    { maxDepth: 2 },
    numberField,
    FastCheck.uint8Array({ minLength: 1, maxLength: 20 }).map(Program.bytes),
    text.map(Program.pointer),
    buffer.map(Program.pointer),
    tie("struct").map(Program.pointer)
  ),
  struct: FastCheck.array(tie("field"), { maxLength: 5 }).map((fields) => Program.struct(...fields))
})).struct

/** The two structs that results are kept in, the same wherever they are used. */
const homes = savedNames.map((name) => Program.struct(Program.u64(5), Program.saved(name), Program.u32(1)))

const value: FastCheck.Arbitrary<Program.Value> = FastCheck.oneof(
  literal,
  flags,
  text,
  struct,
  buffer,
  FastCheck.constantFrom(...resultNames, ...savedNames).map(Program.result),
  FastCheck.constantFrom(...homes)
)

const operation: FastCheck.Arbitrary<Program.Operation> = FastCheck.oneof(
  FastCheck.record({
    _tag: FastCheck.constant("Syscall" as const),
    name: FastCheck.constantFrom(...Syscall.names),
    arguments: FastCheck.array(value, { maxLength: 6 })
  }),
  FastCheck.record({ _tag: FastCheck.constant("Subtract" as const), left: value, right: value }),
  FastCheck.record({ _tag: FastCheck.constant("DecodeWaitStatus" as const), status: buffer }),
  FastCheck.record({ _tag: FastCheck.constant("Fail" as const), value })
)

/** Programs that need not make sense, with every kind of argument, jump and tolerance. */
export const program: FastCheck.Arbitrary<Program.Program> = FastCheck.array(operation, {
  minLength: 1,
  maxLength: 12
}).chain((operations) => {
  const label = FastCheck.option(
    FastCheck.nat(operations.length - 1).map((index) => `at ${index}`),
    { nil: undefined }
  )
  const rest = FastCheck.record({
    store: FastCheck.option(FastCheck.constantFrom(...resultNames, ...savedNames), { nil: undefined }),
    tolerate: FastCheck.oneof(
      FastCheck.constant("any" as const),
      FastCheck.subarray([...Errno.names], { maxLength: 8 })
    ),
    onNegative: label,
    onZero: label,
    onPositive: label,
    part: FastCheck.constantFrom(...Part.parts),
    meaning: FastCheck.constantFrom(...Part.meanings)
  })
  return FastCheck.array(rest, { minLength: operations.length, maxLength: operations.length }).map((all) => ({
    steps: operations.map((operation, index): Program.Step => {
      const { store, onNegative, onZero, onPositive, tolerate, part, meaning } = all[index] ?? {
        store: undefined,
        onNegative: undefined,
        onZero: undefined,
        onPositive: undefined,
        tolerate: [],
        part: "command",
        meaning: "Setup"
      }
      return {
        operation,
        label: `at ${index}`,
        ...(store === undefined ? {} : { store }),
        ...(onNegative === undefined ? {} : { onNegative }),
        ...(onZero === undefined ? {} : { onZero }),
        ...(onPositive === undefined ? {} : { onPositive }),
        tolerate,
        part,
        meaning,
        reason: `reason ${index}`
      }
    })
  }))
})
