import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** The user's editor could not be run, or said that nothing is to be done. */
export class EditorError extends Data.TaggedError("EditorError")<{ readonly message: string }> {}

const run = (editor: string, file: string): Effect.Effect<void, EditorError> =>
  Effect.async((resume) => {
    const fail = (why: string) =>
      resume(Effect.fail(new EditorError({ message: `the editor ${JSON.stringify(editor)} ${why}` })))
    // Editors are given with arguments ("code --wait"), which a shell takes apart.
    const child = spawn("/bin/sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit" })
    child.once("error", (cause) => fail(`cannot be run: ${cause.message}`))
    child.once("exit", (code, signal) =>
      code === 0 ? resume(Effect.void) : fail(`ended with ${signal ?? code}: nothing was changed`)
    )
  })

/**
 * A text as the user's editor ($VISUAL, $EDITOR, vi) leaves it. When `use` fails the file stays, and the message says where, so
 * that nobody's work is lost.
 */
export const edited = <A, E extends { readonly message: string }, R>(
  text: string,
  use: (text: string) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | EditorError, R> =>
  Effect.gen(function* () {
    const { VISUAL: visual, EDITOR: editor } = process.env
    const directory = fs.mkdtempSync(`${os.tmpdir()}/kasane-edit-`)
    const file = `${directory}/recipe.sh`
    const forget = Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
    fs.writeFileSync(file, text, { mode: 0o600 })
    yield* Effect.tapError(run(visual || editor || "vi", file), () => forget)
    const result = yield* Effect.either(use(fs.readFileSync(file, "utf8")))
    if (result._tag === "Right") return yield* Effect.as(forget, result.right)
    return yield* new EditorError({ message: `${result.left.message}\nWhat you wrote is kept in ${file}` })
  })
