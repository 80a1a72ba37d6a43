/** Control says its refusals in this language already; here stand those of the pages themselves. */
export default {
  serials: { slip: "this can't be a serial: a character is wrong or missing. Check the print; no try was spent" },
};
