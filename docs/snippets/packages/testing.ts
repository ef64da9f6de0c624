import { Email } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as fc from "fast-check"

fc.assert(fc.property(Generators.email, (address) => Email.key(address) !== undefined))
