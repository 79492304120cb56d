import * as Either from "effect/Either"
import * as Bpf from "./Bpf.js"
import type { Verdict } from "./Verdict.js"

/** A step of a filter as a node of an acyclic graph; equal nodes are one object. */
export type Node =
  | { readonly _tag: "Return"; readonly id: number; readonly verdict: Verdict }
  | { readonly _tag: "Load"; readonly id: number; readonly offset: number; readonly next: Node }
  | { readonly _tag: "And"; readonly id: number; readonly mask: number; readonly next: Node }
  | {
      readonly _tag: "Test"
      readonly id: number
      readonly test: Test
      readonly value: number
      readonly yes: Node
      readonly no: Node
    }

export type Test = "equal" | "greater" | "greaterOrEqual"

/** Makes nodes; asked twice for the same, it gives the same. */
export interface Builder {
  readonly verdict: (verdict: Verdict) => Node
  readonly load: (offset: number, next: Node) => Node
  readonly and: (mask: number, next: Node) => Node
  readonly test: (test: Test, value: number, yes: Node, no: Node) => Node
}

/** A new builder. Mutable inside; keep it local to one graph. */
export const builder = (): Builder => {
  const nodes = new Map<string, Node>()
  const intern = (key: string, make: (id: number) => Node): Node => {
    const known = nodes.get(key)
    if (known !== undefined) return known
    const node = make(nodes.size)
    nodes.set(key, node)
    return node
  }
  return {
    verdict: (verdict) => intern(`r${verdict}`, (id) => ({ _tag: "Return", id, verdict })),
    load: (offset, next) => intern(`l${offset},${next.id}`, (id) => ({ _tag: "Load", id, offset, next })),
    and: (mask, next) => intern(`a${mask},${next.id}`, (id) => ({ _tag: "And", id, mask, next })),
    test: (test, value, yes, no) =>
      yes === no
        ? yes
        : intern(`${test}${value},${yes.id},${no.id}`, (id) => ({ _tag: "Test", id, test, value, yes, no }))
  }
}

const testCodes: Readonly<Record<Test, number>> = {
  equal: Bpf.codes.jumpEqual,
  greater: Bpf.codes.jumpGreater,
  greaterOrEqual: Bpf.codes.jumpGreaterOrEqual
}

/** Conditional jumps reach this far. */
const reach = 255

/**
 * The graph as a program. It is laid out from its end, so that every jump goes forward; where a target is out of
 * reach, a return is repeated nearby and anything else gets a long jump as a stepping stone.
 */
export const layOut = (root: Node): Either.Either<ReadonlyArray<Bpf.Instruction>, "TooLarge"> => {
  /** Last instruction first. */
  const reversed: Array<Bpf.Instruction> = []
  const position = new Map<Node, number>()
  const push = (code: number, k: number, jt = 0, jf = 0) => reversed.push({ code, jt, jf, k })
  /** How far ahead a target would be from an instruction added now. */
  const distance = (target: Node) => reversed.length - 1 - (position.get(target) ?? 0)

  const bring = (target: Node): void => {
    if (target._tag === "Return") push(Bpf.codes.return, target.verdict)
    else push(Bpf.codes.jump, distance(target))
    position.set(target, reversed.length - 1)
  }

  const emit = (node: Node): void => {
    switch (node._tag) {
      case "Return":
        push(Bpf.codes.return, node.verdict)
        break
      case "Load":
      case "And":
        if (distance(node.next) !== 0) bring(node.next)
        push(
          node._tag === "Load" ? Bpf.codes.load : Bpf.codes.and,
          node._tag === "Load" ? node.offset : node.mask
        )
        break
      case "Test": {
        // Bringing one nearer moves the other away by one, at most once each.
        while (distance(node.yes) > reach || distance(node.no) > reach) {
          bring(distance(node.yes) > reach ? node.yes : node.no)
        }
        push(testCodes[node.test], node.value, distance(node.yes), distance(node.no))
        break
      }
    }
    position.set(node, reversed.length - 1)
  }

  const visit = (node: Node): void => {
    if (position.has(node)) return
    if (node._tag === "Test") {
      visit(node.no)
      visit(node.yes)
    } else if (node._tag !== "Return") visit(node.next)
    emit(node)
  }

  visit(root)
  return reversed.length > Bpf.maximumInstructions
    ? Either.left("TooLarge")
    : Either.right(reversed.reverse())
}
