import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { list } from "../../core/display/Listing.js"
import { asMap } from "../../core/display/template/Print.js"
import * as Event from "../../core/store/Event.js"
import { Events } from "../../edge/store/Events.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as TimeFlag from "../TimeFlag.js"

/** An event by the names that a template knows. */
const row = ({ action, attributes, id, timeNano, type }: Event.Event) => ({
  Action: action,
  Actor: { ID: id, Attributes: asMap(attributes) },
  From: type === "container" ? (attributes["image"] ?? "") : "",
  ID: type === "container" || type === "image" ? id : "",
  Scope: "local",
  Status: type === "container" || type === "image" ? action : "",
  Time: Math.floor(Number(timeNano) / 1e9),
  TimeNano: timeNano,
  Type: type
})

const show = (format: string | undefined) => (event: Event.Event) =>
  Effect.gen(function* () {
    if (format === undefined || format === "")
      return `${Event.toText(event, new Date().getTimezoneOffset())}\n`
    if (format === "json" || format === "{{json .}}") return `${Event.toJson(event)}\n`
    return yield* list({ columns: "", titles: {}, type: "*events.Message" }, [row(event)], format)
  })

export default command({
  needs: "store",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {
    filter: Flag.filters("Filter output based on conditions provided"),
    format: Flag.text("format", {
      help: "Format output using a custom template:\n'json':             Print in JSON format\n'TEMPLATE':         Print output using the given\nGo template"
    }),
    since: Flag.text("since", { help: "Show all events created since timestamp" }),
    until: Flag.text("until", { help: "Stream events until this timestamp" })
  },
  run: ({ filter, format, since, until }) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const events = yield* Events
      const wanted = yield* Event.filter(filter)
      const now_ms = yield* Clock.currentTimeMillis
      const [from, to] = [yield* TimeFlag.time(since), yield* TimeFlag.time(until)]
      const first = from === undefined ? Event.nanoseconds(now_ms) : Event.nanosecondsOf(from)
      const last = to === undefined ? undefined : Event.nanosecondsOf(to)
      const left_ms = to === undefined ? undefined : Date.parse(to) - now_ms
      const stream =
        left_ms !== undefined && left_ms <= 0
          ? events.past(first)
          : left_ms === undefined
            ? events.follow(first)
            : Stream.interruptAfter(events.follow(first), left_ms)
      yield* stream.pipe(
        Stream.filter(
          (event) => wanted(event) && (last === undefined || !Event.isBefore(last, event.timeNano))
        ),
        Stream.mapEffect(show(format)),
        Stream.runForEach((text) => terminal.out(text))
      )
      return 0
    })
})
