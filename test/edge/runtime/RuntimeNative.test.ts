import { layerNative } from "../../../src/edge/runtime/RuntimeNative.js"
import { runtimeContract } from "../../contract/runtime/runtime.contract.js"

runtimeContract("native", layerNative)
