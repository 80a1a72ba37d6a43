// @ts-check
import { showFirst } from "./first.js";
import { showHome } from "./home.js";
import { showSignIn } from "./sign-in.js";
import { showSignUp } from "./sign-up.js";

/** @type {Record<string, () => void>} */
const pages = { "/": showHome, "/first": showFirst, "/sign-in": showSignIn, "/sign-up": showSignUp };

const show = pages[location.pathname] ?? showHome;
show();
