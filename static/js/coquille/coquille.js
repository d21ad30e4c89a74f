// Branche les comportements communs à toutes les pages.

import { brancherMotsDePasse } from "./mot_de_passe.js";
import { brancherRaccourcis } from "./raccourcis.js";
import { brancherTheme } from "./theme.js";

brancherTheme();
brancherRaccourcis();
brancherMotsDePasse();
