/**
 * The routes of the original, as an API of their own.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import { Contract } from "./group.ts"

/** The contract alone. */
export class ContractApi extends HttpApi.make("brinjal").add(Contract) {}
