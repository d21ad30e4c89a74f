"""Envoyer une liste, puis dire à quoi sert chacune de ses colonnes."""

from typing import Any

from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from centres.enums import StatutApprenant
from centres.forms.base import ChampDate, FicheForm
from centres.forms.organisation import annees_scolaires
from centres.imports.champs import CHAMPS
from centres.imports.lecture import ListeRefusee, Tableau, lire_liste, verifier_taille
from centres.models import Centre, ImportListe
from centres.models.apprenants import bornes_de_l_annee

FORMATS = ".csv,.txt,.tsv,.xlsx,.ods"
AUCUNE = ("", "— aucune —")


class ChoixCentre(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, centre: Centre) -> str:
        return str(centre)


class EnvoiListeForm(FicheForm):
    """Quoi, pour quel centre, et le fichier ; il est lu ici, pour que le refus revienne sur son champ."""

    genre = forms.ChoiceField(label="Liste", widget=forms.RadioSelect)
    centre = ChoixCentre(label="Centre", queryset=Centre.objects.none(), empty_label=None)
    fichier = forms.FileField(
        label="Fichier",
        help_text="CSV, .xlsx ou .ods ; 5 Mo et 5 000 lignes au plus.",
        widget=forms.FileInput(attrs={"accept": FORMATS}),
    )

    def __init__(self, *args: Any, genres: dict[str, set[int]], centres: QuerySet[Centre], **options: Any) -> None:
        super().__init__(*args, **options)
        self.genres = genres
        libelles = dict(ImportListe.Genre.choices)
        self.choisir("genre", [(genre, str(libelles[genre]).capitalize()) for genre in genres])
        self.fields["centre"].queryset = centres  # type: ignore[attr-defined]
        self.fields["genre"].initial = next(iter(genres), None)
        self.helper.layout = Layout("genre", "centre", "fichier")
        self.tableau: Tableau | None = None

    def clean(self) -> dict[str, Any]:
        saisie = super().clean() or self.cleaned_data
        genre, centre, fichier = (saisie.get(champ) for champ in ("genre", "centre", "fichier"))
        if genre and centre and centre.pk not in self.genres[genre]:
            self.add_error("centre", "Vous ne pouvez pas importer cette liste dans ce centre.")
        elif genre and fichier:
            try:
                verifier_taille(fichier.size or 0)
                self.tableau = lire_liste(fichier.read(), fichier.name, genre)
            except ListeRefusee as refus:
                self.add_error("fichier", str(refus))
        return saisie


class ColonnesForm(FicheForm):
    """Une liste déroulante par donnée : la colonne du fichier qui la porte."""

    annee_scolaire = forms.TypedChoiceField(
        label="Année scolaire", coerce=int, help_text="Celle des divisions de ce fichier."
    )
    statut = forms.ChoiceField(label="Statut quand le fichier n'en dit rien", choices=StatutApprenant.choices)
    date_effet = ChampDate(
        label="Date d'effet des changements",
        help_text="Un changement d'option, de statut ou de classe ferme la veille l'inscription en cours.",
    )

    def __init__(self, *args: Any, liste: ImportListe, **options: Any) -> None:
        contenu = liste.contenu
        initial = {**contenu["reglages"], **{f"col_{c}": str(r) for c, r in liste.colonnes.items()}}
        super().__init__(*args, initial=initial, **options)
        self.est_d_apprenants = liste.genre == ImportListe.Genre.APPRENANTS
        if self.est_d_apprenants:
            jour = timezone.localdate()
            self.choisir("annee_scolaire", [*annees_scolaires(jour)])
        else:
            for champ in ("annee_scolaire", "statut", "date_effet"):
                del self.fields[champ]
        choix = [AUCUNE, *((str(rang), entete) for rang, entete in enumerate(contenu["entetes"]))]
        self.champs = CHAMPS[liste.genre]
        for donnee in self.champs:
            self.fields[f"col_{donnee.code}"] = forms.ChoiceField(
                label=donnee.libelle, choices=choix, required=donnee.obligatoire
            )
        self.helper.layout = self._mise_en_page()

    def clean(self) -> dict[str, Any]:
        saisie = super().clean() or self.cleaned_data
        pris: dict[str, str] = {}
        for champ in self.champs:
            rang = saisie.get(f"col_{champ.code}")
            if rang and rang in pris:
                self.add_error(f"col_{champ.code}", f"Cette colonne sert déjà à « {pris[rang]} ».")
            elif rang:
                pris[rang] = champ.libelle
        annee, effet = saisie.get("annee_scolaire"), saisie.get("date_effet")
        if annee and effet:
            premier, dernier = bornes_de_l_annee(annee)
            if not premier <= effet <= dernier:
                self.add_error("date_effet", f"Hors de l'année choisie : du {premier:%d/%m/%Y} au {dernier:%d/%m/%Y}.")
        return saisie

    @property
    def colonnes(self) -> dict[str, int]:
        lues = {champ.code: self.cleaned_data.get(f"col_{champ.code}") for champ in self.champs}
        return {code: int(rang) for code, rang in lues.items() if rang}

    @property
    def reglages(self) -> dict[str, Any]:
        if not self.est_d_apprenants:
            return {}
        return {champ: self.cleaned_data[champ] for champ in ("annee_scolaire", "statut", "date_effet")}

    def _mise_en_page(self) -> Layout:
        noms = [f"col_{champ.code}" for champ in self.champs]
        rangees = [
            Row(*(Column(nom, css_class="col-sm-6 col-lg-4") for nom in noms[debut : debut + 3]))
            for debut in range(0, len(noms), 3)
        ]
        parties = [Fieldset("À quoi sert chaque colonne", *rangees)]
        if self.est_d_apprenants:
            reglages = [Column(c, css_class="col-sm-6 col-lg-4") for c in ("annee_scolaire", "statut", "date_effet")]
            parties.append(Fieldset("Pour toute la liste", Row(*reglages)))
        return Layout(*parties)
