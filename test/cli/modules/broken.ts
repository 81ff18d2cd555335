/** A module that fails while it is loaded. */
throw new Error("there is no configuration")
