"""Ce que dit un code MEF : le diplôme, sa version, l'année du cycle et l'option. En trois requêtes."""

from collections import defaultdict
from dataclasses import dataclass

from centres.imports.valeurs import CaseRefusee
from centres.models import Classe
from referentiel.models import NomenclatureMef, Option, Periode, VersionReferentiel

CHAMP = "Code MEF"


@dataclass(frozen=True)
class Formation:
    version: VersionReferentiel
    annee_cycle: int
    option: str | None


class Formations:
    """Les codes MEF de tous les référentiels publiés, et leurs options."""

    def __init__(self) -> None:
        self.options: dict[int, dict[str, Option]] = defaultdict(dict)
        for option in Option.objects.order_by("version", "ordre"):
            self.options[option.version_id][option.code] = option
        niveaux: dict[int, list[str]] = defaultdict(list)
        for version, intitule in Periode.objects.order_by("version", "ordre").values_list("version", "intitule"):
            niveaux[version].append(intitule.rpartition(" ")[0])
        self.par_code: dict[str, list[Formation]] = defaultdict(list)
        lus = NomenclatureMef.objects.filter(version__in=VersionReferentiel.objects.publiees())
        for mef in lus.select_related("option", "version__diplome").order_by("-version__numero", "ordre"):
            annees = list(dict.fromkeys(niveaux[mef.version_id]))
            if mef.niveau not in annees:
                continue
            formation = Formation(mef.version, annees.index(mef.niveau) + 1, mef.option.code if mef.option else None)
            for code in {mef.mef, mef.mefstat11}:
                self.par_code[code].append(formation)

    def du_code(self, brut: str) -> list[Formation]:
        """Un MEF de dix chiffres, le même suivi du onzième que chaque académie ajoute, ou un MEFSTAT de onze."""
        code = "".join(brut.split())
        trouvees = self.par_code.get(code) or (self.par_code.get(code[:10]) if len(code) == 11 else None)
        if not trouvees:
            raise CaseRefusee(
                CHAMP,
                f"« {code[:20]} » n'est celui d'aucun diplôme suivi ici : corrigez-le, ou laissez la ligne de côté.",
            )
        return trouvees

    def pour_classe(self, brut: str, classe: Classe) -> Formation:
        """Celle de la version que suit la classe, sinon du même diplôme."""
        trouvees = self.du_code(brut)
        memes = [une for une in trouvees if une.version.diplome_id == classe.version.diplome_id]
        if not memes:
            raise CaseRefusee(
                CHAMP,
                f"Ce code est celui de {trouvees[0].version.diplome}, la classe {classe.nom} prépare un autre diplôme.",
            )
        formation = next((une for une in memes if une.version.pk == classe.version_id), memes[0])
        if formation.annee_cycle != classe.annee_cycle:
            raise CaseRefusee(
                CHAMP,
                f"Ce code est celui d'une année {formation.annee_cycle} du cycle, "
                f"{classe.nom} est une année {classe.annee_cycle}.",
            )
        return formation

    def pour_nouvelle_classe(self, brut: str, annee_scolaire: int) -> Formation:
        """La version la plus récente dont la première session n'est pas après celle de la classe."""
        trouvees = self.du_code(brut)
        ouvertes = [une for une in trouvees if une.version.premiere_session <= session_de(une, annee_scolaire)]
        if not ouvertes:
            raise CaseRefusee(CHAMP, f"{trouvees[0].version.diplome} n'existait pas encore à cette session.")
        return ouvertes[0]

    def option(self, version: int, code: str | None) -> Option | None:
        return self.options[version].get(code) if code else None


def session_de(formation: Formation, annee_scolaire: int) -> int:
    """L'année civile de l'examen : celle où finit la dernière année du cycle."""
    return annee_scolaire + 1 + formation.version.duree_cycle_annees - formation.annee_cycle
