// @ts-check
import { onStepUp } from "./api.js";
import { showFirst } from "./first.js";
import { showHome } from "./home.js";
import { askForProof } from "./proof.js";
import { showSignIn } from "./sign-in.js";
import { showSignUp } from "./sign-up.js";

/** @type {Record<string, () => void>} */
const pages = { "/": showHome, "/first": showFirst, "/sign-in": showSignIn, "/sign-up": showSignUp };

onStepUp(askForProof);
const show = pages[location.pathname] ?? showHome;
show();
