/* SPDX-License-Identifier: Apache-2.0 */
/* The one script there is: what an application gets by a form is sent at once; without it the person presses the button. */
document.getElementById("answer").submit();
