import { onDisk } from "../../contract/store/Place.js"
import { storeContract } from "../../contract/store/store.contract.js"

storeContract(onDisk)
